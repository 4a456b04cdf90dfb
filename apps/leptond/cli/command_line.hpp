#pragma once

#include <leptond/core/result.hpp>

#include <string>
#include <vector>

namespace leptond {

/// What the command line asks for.
struct command_line {
  enum class action {
    run,          ///< start the node
    check_config, ///< read the configuration, say what is wrong, end
    print,        ///< print `text` to standard output, end with 0
  };
  action what = action::run;
  std::string config_file;           ///< empty: defaults and `--set` only
  std::vector<std::string> settings; ///< `section.key=value`
  std::string text;                  ///< of `--help` and `--version`
};

/// Reads `leptond [--config FILE] [--set section.key=value]...`,
/// `--check-config FILE`, `--version`, `--help`.
/// @returns the request, or what is wrong with the usage, status 2
result<command_line> parse_command_line(int argc, const char* const* argv);

} // namespace leptond
