#include <shell/core/errors.hpp>
#include <shell/core/help.hpp>
#include <shell/core/interrupt.hpp>
#include <shell/core/shell.hpp>
#include <shell/repl/line_editor.hpp>
#include <shell/repl/names.hpp>
#include <shell/text/tokens.hpp>
#include <shell/text/utf8.hpp>

#include <iostream>
#include <ostream>

namespace lepton_shell {

namespace {

/// `alpha> `, its colour in the marks that libedit wants.
std::string prompt_for(const std::string& node, const style& look) {
  auto name = node.empty() ? std::string("(no node)") : printable(node);
  auto code = node.empty() ? "33" : "36";
  if (!look.colour)
    return name + "> ";
  return std::string("\1\x1b[1;") + code + "m\1" + name + "\1\x1b[0m\1> ";
}

} // namespace

int shell::run_interactive() {
  interactive_ = true;
  if (!look_.terminal) { // output into a file: no editing
    interactive_ = false;
    return run_script(std::cin);
  }
  node_names names(*api_);
  auto node = names.node();
  print_version(out_);
  if (node.empty())
    out_ << "No node answers at " << printable(api_->http().url())
         << "; commands will try again.\n";
  out_ << look_.paint(tone::dim, "help lists the commands, tab completes, ^D "
                                 "leaves")
       << '\n'
       << std::flush;
  line_editor editor(names.source(), look_);
  std::string line;
  while (!finished_) {
    auto outcome = editor.read(prompt_for(node, look_), line);
    if (outcome == line_editor::outcome::end)
      out_ << '\n' << std::flush;
    if (outcome == line_editor::outcome::end)
      break;
    if (outcome == line_editor::outcome::cancelled) {
      out_ << '\n' << std::flush;
      continue;
    }
    if (trim(line).empty())
      continue;
    editor.remember(line);
    auto code = run_line(line);
    clear_interrupt();
    if (code == no_node)
      node.clear();
    else if (node.empty())
      node = names.node();
  }
  return done;
}

} // namespace lepton_shell
