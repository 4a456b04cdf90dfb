#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lepton_shell {

/// What a colour means, so that the whole shell speaks one language.
enum class tone : uint8_t {
  plain,
  good,    ///< runs, succeeded
  warning, ///< restarting, suspect, queued
  bad,     ///< lost, failed
  accent,  ///< names, the thing looked for
  dim,     ///< beside the point
  strong,  ///< headings
};

/// How the output looks: wide and coloured on a terminal, plain elsewhere.
struct style {
  bool colour = false;
  bool terminal = false; ///< `\r` and cursor sequences have an effect
  size_t columns = 80;

  /// Returns `text` in the colour of `t`, or as it is without colours.
  std::string paint(tone t, std::string_view text) const;
};

/// Returns the look for the file descriptor: colours only on a terminal, and
/// not with `NO_COLOR` set or `TERM=dumb`.
style style_of(int fd);

/// Returns the tone of a state of actors, nodes and jobs.
tone tone_of_state(std::string_view state);

} // namespace lepton_shell
