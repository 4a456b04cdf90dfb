#pragma once

#include <shell/repl/completion.hpp>
#include <shell/text/style.hpp>

#include <memory>
#include <string>

namespace lepton_shell {

/// Reads lines from a person at a terminal (libedit): history over sessions,
/// ^R search, completion by tab. One at a time in a process, main thread.
class line_editor {
public:
  enum class outcome : uint8_t {
    line,      ///< a line was entered
    cancelled, ///< ^C
    end,       ///< ^D, or the terminal is gone
  };

  line_editor(name_source source, style look);
  ~line_editor(); ///< gives the terminal back
  line_editor(const line_editor&) = delete;
  line_editor& operator=(const line_editor&) = delete;

  /// Reads one line into `line`.
  outcome read(const std::string& prompt, std::string& line);

  /// Adds a line to the history and saves it, readable by the owner only.
  void remember(const std::string& line);

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Returns where the history is kept: `$XDG_STATE_HOME/lepton/history`, else
/// `~/.local/state/lepton/history`; empty without a home.
std::string history_path();

} // namespace lepton_shell
