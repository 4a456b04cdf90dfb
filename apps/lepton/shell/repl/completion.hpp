#pragma once

#include <shell/core/command.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What the word under the cursor may become. Pure but for the source it asks.

namespace lepton_shell {

/// Where the names come from that only a node knows.
struct name_source {
  /// All names of a sort, empty when no node answers.
  std::function<std::vector<std::string>(hint)> names;
  /// First words of the messages the actor at a path understands.
  std::function<std::vector<std::string>(const std::string& path)> messages;
};

struct completion {
  size_t begin = 0; ///< where the word starts in the line, in bytes
  std::string word; ///< what is typed of it, without quotes
  std::vector<std::string> candidates; ///< sorted; ends in `/` if it goes on
};

/// Returns what may stand at the end of `line` (the text before the cursor).
completion complete(std::string_view line, const name_source& source);

/// Returns the longest text that all candidates start with.
std::string common_prefix(const std::vector<std::string>& candidates);

/// Returns `word` so that `split_line` reads it back as one word.
std::string escape_word(std::string_view word);

/// Returns the files of this machine whose path starts with `typed`.
std::vector<std::string> files_like(const std::string& typed);

} // namespace lepton_shell
