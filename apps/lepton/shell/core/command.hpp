#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The one table of commands: parsing, help and completion are made from it.

namespace lepton_shell {

struct context;

/// What a word may be completed with, asked from the node where it knows.
enum class hint {
  none,
  actor,        ///< path in the supervision tree
  stored,       ///< name in storage
  model,        ///< name of a model
  job,          ///< id of a job
  file,         ///< file of this machine
  file_or_name, ///< either
  command,      ///< name of a command
};

/// A flag of a command.
struct option {
  std::string flag;    ///< `--name`, or `-o,--output`
  std::string metavar; ///< empty for a switch
  std::string help;
  hint completes = hint::none;
  std::vector<std::string> words = {}; ///< the values it knows
  bool repeats = false; ///< may be given more than once; then in `lists`
};

/// What was typed after a command's name.
struct arguments {
  std::vector<std::string> words;
  std::map<std::string, std::string> values; ///< by flag, with its dashes
  std::map<std::string, std::vector<std::string>> lists; ///< of those that
                                                         ///< repeat
  std::string message; ///< of verbatim commands
  bool help = false;

  bool has(std::string_view flag) const;

  /// Returns the value of a flag, or `otherwise`.
  std::string value(std::string_view flag, std::string otherwise = {}) const;
};

/// One row of the table.
struct command {
  std::string_view name;
  std::string_view group;
  std::string_view usage; ///< what follows the name
  std::string_view summary;
  std::string details = {}; ///< paragraphs and examples for its help
  size_t least = 0;         ///< words it needs
  size_t most = 0;          ///< words it takes
  std::vector<std::string_view> verbs = {}; ///< what its first word may be
  bool needs_verb = false;      ///< the first word must be one of `verbs`
  std::vector<hint> hints = {}; ///< of each word, the last of all further ones
  std::vector<option> options = {};
  /// Flags that depend on the words typed (`train mlp`).
  std::vector<option> (*more_options)(std::span<const std::string>) = nullptr;
  bool verbatim = false; ///< all behind the first word is one message
  bool numbers = false;  ///< a word may look like `-5`
  /// Carries it out. Returns an exit code or throws `failure`.
  int (*run)(context&, const arguments&) = nullptr;
};

/// All commands in the order of the help.
const std::vector<command>& commands();

/// Returns the command or nullptr.
const command* find_command(std::string_view name);

/// @throws usage_error with the nearest name when there is none
const command& required_command(std::string_view name);

/// Flags that every command takes.
const std::vector<option>& global_options();

/// The flags of a command, those that depend on `words` included.
std::vector<option> options_of(const command& which,
                               std::span<const std::string> words);

} // namespace lepton_shell
