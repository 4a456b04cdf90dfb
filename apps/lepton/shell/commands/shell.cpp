#include <shell/commands/all.hpp>
#include <shell/core/context.hpp>
#include <shell/core/errors.hpp>
#include <shell/core/help.hpp>

#include <ostream>

namespace lepton_shell {

namespace {

json described(const command& which) {
  auto options = json::array();
  for (auto& o : which.options)
    options.push_back(o.flag);
  return {{"name", which.name},
          {"usage", which.usage},
          {"summary", which.summary},
          {"options", options}};
}

int help(context& c, const arguments& args) {
  if (!args.words.empty()) {
    auto& which = required_command(args.words[0]);
    auto rest = std::span(args.words).subspan(1);
    if (c.wants_json())
      c.print(described(which));
    else
      print_help(which, rest, c.out, c.look);
    return done;
  }
  if (c.wants_json()) {
    auto all = json::array();
    for (auto& which : commands())
      all.push_back(described(which));
    c.print(all);
  } else {
    print_overview(c.out, c.look);
  }
  return done;
}

int leave(context& c, const arguments&) {
  c.finish = true;
  return done;
}

} // namespace

std::vector<command> shell_commands() {
  constexpr auto group = "The shell";
  return {
    {.name = "help",
     .group = group,
     .usage = "[COMMAND]",
     .summary = "all commands, or one of them",
     .details = "Example: lepton help train mlp\n",
     .most = 2,
     .hints = {hint::command, hint::none},
     .run = help},
    {.name = "exit",
     .group = group,
     .usage = "",
     .summary = "leave the shell, or end a script",
     .run = leave},
  };
}

} // namespace lepton_shell
