#include <shell/core/help.hpp>
#include <shell/text/utf8.hpp>

#include <algorithm>
#include <ostream>

namespace lepton_shell {

namespace {

std::string flag_text(const option& o) {
  auto text = o.flag;
  if (auto comma = text.find(','); comma != std::string::npos)
    text.insert(comma + 1, " ");
  else
    text = "    " + text;
  return o.metavar.empty() ? text : text + " " + o.metavar;
}

void print_options(const std::vector<option>& options,
                   std::string_view title,
                   std::ostream& out,
                   const style& look) {
  if (options.empty())
    return;
  size_t widest = 0;
  for (auto& o : options)
    widest = std::max(widest, width(flag_text(o)));
  out << '\n' << look.paint(tone::strong, title) << '\n';
  for (auto& o : options)
    out << "  " << pad_right(flag_text(o), widest) << "  " << o.help << '\n';
}

} // namespace

void print_help(const command& which,
                std::span<const std::string> words,
                std::ostream& out,
                const style& look) {
  out << look.paint(tone::strong, "Usage: ") << "lepton "
      << look.paint(tone::accent, which.name);
  if (!which.usage.empty())
    out << ' ' << which.usage;
  std::string summary(which.summary);
  summary[0] = static_cast<char>(summary[0] - 'a' + 'A');
  out << "\n\n" << summary << ".\n";
  if (!which.details.empty())
    out << '\n' << which.details;
  auto options = which.options;
  if (which.more_options != nullptr) {
    auto more = which.more_options(words);
    options.insert(options.end(), more.begin(), more.end());
  }
  print_options(options, "Options", out, look);
  print_options(global_options(), "Everywhere", out, look);
}

void print_overview(std::ostream& out, const style& look) {
  out << look.paint(tone::strong, "Usage: ")
      << "lepton [--api URL[,URL...]] [-o table|json] [COMMAND ...]\n\n"
         "Speaks to a node of Lepton. Without COMMAND: the shell on a terminal,"
         "\nelse commands from standard input, one a line.\n";
  size_t widest = 0;
  for (auto& c : commands())
    widest = std::max(widest, width(c.name) + 1 + width(c.usage));
  widest = std::min<size_t>(widest, 36);
  std::string_view group;
  for (auto& c : commands()) {
    if (c.group != group)
      out << '\n' << look.paint(tone::strong, c.group) << '\n';
    group = c.group;
    auto call = std::string(c.name) + " " + std::string(c.usage);
    out << "  " << look.paint(tone::accent, c.name)
        << pad_right(call.substr(c.name.size()), widest - c.name.size());
    if (width(call) > widest)
      out << "\n  " << std::string(widest, ' ');
    out << "  " << c.summary << '\n';
  }
  print_options(global_options(), "Everywhere", out, look);
  out << "\n`help COMMAND` and `COMMAND --help` tell more.\n"
         "Exit: 0 done, 1 the system said no, 2 wrong usage, 3 no node could "
         "be reached.\n";
}

void print_version(std::ostream& out) {
  out << "lepton " LEPTON_VERSION "\n";
}

} // namespace lepton_shell
