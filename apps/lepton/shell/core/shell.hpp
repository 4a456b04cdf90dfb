#pragma once

#include <shell/core/command.hpp>
#include <shell/core/context.hpp>
#include <shell/core/parse.hpp>

#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lepton_shell {

/// Runs commands: one from the command line, or many from a script or a
/// terminal. Keeps the connection between them. One thread.
class shell {
public:
  shell(settings options, std::ostream& out, std::ostream& err);

  /// How the two outputs look; plain without.
  void set_looks(style out, style err);

  /// Carries out one command given as words. Prints errors.
  /// @returns its exit code
  int run_words(const std::vector<std::string>& words);

  /// Carries out one command given as a line; an empty one does nothing.
  int run_line(std::string_view line);

  /// Carries out a line each until one fails. Errors name the line.
  int run_script(std::istream& in);

  /// Talks to a person at the terminal until `exit` or ^D (libedit).
  int run_interactive();

  api_client& api() { return *api_; }

  const settings& options() const { return options_; }

private:
  int run_command(const command& which, const arguments& args);
  int guarded(const std::function<int()>& work);
  void complain(std::string_view text);

  settings options_;
  std::ostream& out_;
  std::ostream& err_;
  style look_;
  style err_look_;
  std::unique_ptr<api_client> api_;
  size_t line_ = 0; ///< of a script, 0 elsewhere
  bool interactive_ = false;
  bool finished_ = false;
};

/// The whole program but for its streams: reads flags, chooses the mode.
/// @returns the exit code
int run_program(const std::vector<std::string>& words,
                std::ostream& out,
                std::ostream& err);

} // namespace lepton_shell
