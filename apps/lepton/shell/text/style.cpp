#include <shell/text/style.hpp>

#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace lepton_shell {

std::string style::paint(tone t, std::string_view text) const {
  if (!colour || t == tone::plain || text.empty())
    return std::string(text);
  auto code = [t] {
    switch (t) {
    case tone::good:
      return "32";
    case tone::warning:
      return "33";
    case tone::bad:
      return "31";
    case tone::accent:
      return "36";
    case tone::dim:
      return "2";
    default:
      return "1";
    }
  }();
  return std::string("\x1b[") + code + "m" + std::string(text) + "\x1b[0m";
}

style style_of(int fd) {
  style look;
  look.terminal = isatty(fd) == 1;
  if (!look.terminal)
    return look;
  // https://no-color.org: set and not empty
  auto no_colour = std::getenv("NO_COLOR");
  auto term = std::getenv("TERM");
  auto dumb = term == nullptr || std::string_view(term) == "dumb";
  look.colour = !dumb && (no_colour == nullptr || *no_colour == '\0');
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    look.columns = size.ws_col;
  return look;
}

tone tone_of_state(std::string_view state) {
  for (auto good : {"running", "alive", "succeeded", "ok"}) {
    if (state == good)
      return tone::good;
  }
  for (auto bad : {"hung", "lost", "dead", "failed"}) {
    if (state == bad)
      return tone::bad;
  }
  for (auto quiet : {"stopped", "left", "cancelled"}) {
    if (state == quiet)
      return tone::dim;
  }
  return tone::warning;
}

} // namespace lepton_shell
