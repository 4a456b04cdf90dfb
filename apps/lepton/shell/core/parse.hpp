#pragma once

#include <shell/core/command.hpp>
#include <shell/core/context.hpp>

#include <span>
#include <string>
#include <vector>

namespace lepton_shell {

/// The words of a call with the global flags taken off its front.
struct global_arguments {
  std::map<std::string, std::string> values;
  bool help = false;
  bool version = false;
  std::vector<std::string> rest; ///< the command and what follows
};

/// Reads the global flags before the command.
/// @throws usage_error for a flag that is unknown or lacks its value
global_arguments parse_globals(std::vector<std::string> words);

/// Reads what follows a command's name (CLI11).
/// @param words without the name
/// @throws usage_error naming the command, the mistake and the nearest flag
arguments parse_arguments(const command& which,
                          const std::vector<std::string>& words);

/// Returns how many of `words` precede the message of a verbatim command: its
/// flags and its first word.
size_t words_before_message(const command& which,
                            const std::vector<std::string>& words);

/// Applies global flags to settings.
/// @throws usage_error for a value that is none, refusal never
void apply_globals(const std::map<std::string, std::string>& values,
                   settings& to);

/// Returns the settings without any flag: `LEPTON_API` or the local node.
settings default_settings();

} // namespace lepton_shell
