#include <shell/commands/all.hpp>
#include <shell/core/context.hpp>
#include <shell/core/errors.hpp>
#include <shell/net/fields.hpp>
#include <shell/text/table.hpp>
#include <shell/text/utf8.hpp>

#include <cmath>
#include <ostream>

namespace lepton_shell {

namespace {

int describe(context& c, const arguments& args) {
  auto answer = c.api.get("/actors/describe", {{"path", args.words[0]}});
  if (c.wants_json()) {
    c.print(answer);
    return done;
  }
  table t({"message", "reply"});
  for (auto& m : member(answer, "messages"))
    t.add({{text_of(m, "signature"), tone::accent}, text_of(m, "reply")});
  c.out << printable(text_of(answer, "path")) << " understands\n";
  t.print(c.out, c.look, "nothing from outside");
  return done;
}

json message_body(const arguments& args, const char* command) {
  if (args.message.empty())
    throw usage_error(std::string(command)
                      + ": a message is missing; `describe " + args.words[0]
                      + "` lists what it understands");
  return {{"path", args.words[0]}, {"message", args.message}};
}

int ask(context& c, const arguments& args) {
  auto body = message_body(args, "ask");
  if (c.options.timeout_set)
    body["timeout_ms"] = std::llround(c.options.client.timeout_s * 1000);
  // the node's own verdict, 504, shall come before we lose patience
  auto answer = c.api.post("/actors/ask", body, 2);
  if (c.wants_json())
    c.print(answer);
  else
    c.out << printable(dump(member(answer, "reply"))) << '\n';
  return done;
}

int send(context& c, const arguments& args) {
  auto answer = c.api.post("/actors/send", message_body(args, "send"));
  if (c.wants_json())
    c.print(answer);
  else
    c.out << "sent\n";
  return done;
}

int child(context& c, const arguments& args) {
  auto answer =
    c.api.post("/children/" + args.words[0], {{"path", args.words[1]}});
  if (c.wants_json()) {
    c.print(answer);
    return done;
  }
  auto state = printable(text_of(answer, "state"));
  auto incarnation = count_of(answer, "incarnation");
  auto pid = count_of(answer, "pid");
  c.out << printable(text_of(answer, "path")) << ": "
        << c.look.paint(tone_of_state(state), state);
  if (!incarnation.empty())
    c.out << ", incarnation " << incarnation;
  if (!pid.empty())
    c.out << ", pid " << pid;
  c.out << '\n';
  return done;
}

int chaos(context& c, const arguments& args) {
  auto answer =
    c.api.post("/chaos/" + args.words[0], {{"path", args.words[1]}});
  if (c.wants_json())
    c.print(answer);
  else
    c.out << printable(text_of(answer, "fault")) << " injected into "
          << printable(text_of(answer, "path")) << '\n';
  return done;
}

const std::string message_details =
  "Everything behind PATH is the message, as typed: first a word that says\n"
  "what, then integers, floats, strings, lists and maps as in JSON. No flag\n"
  "and no quoting is needed: `-5` is a number.\n\n";

} // namespace

std::vector<command> actor_commands() {
  constexpr auto group = "Actors";
  const auto ask_details =
    message_details
    + "Examples:\n"
      "  lepton ask alpha/examples/counter add 5\n"
      "  lepton ask alpha/examples/counter add -5\n"
      "  lepton ask alpha/examples/echo '{\"list\": [1, 2.5, \"x\"]}'\n";
  const auto send_details =
    message_details + "Example: lepton send alpha/examples/counter add 5\n";
  return {
    {.name = "describe",
     .group = group,
     .usage = "PATH",
     .summary = "the messages an actor understands",
     .details = "Example: lepton describe alpha/examples/counter\n",
     .least = 1,
     .most = 1,
     .hints = {hint::actor},
     .run = describe},
    {.name = "ask",
     .group = group,
     .usage = "PATH MSG...",
     .summary = "send a message and show the reply",
     .details = ask_details,
     .least = 1,
     .most = 1,
     .hints = {hint::actor},
     .verbatim = true,
     .run = ask},
    {.name = "send",
     .group = group,
     .usage = "PATH MSG...",
     .summary = "send a message without waiting",
     .details = send_details,
     .least = 1,
     .most = 1,
     .hints = {hint::actor},
     .verbatim = true,
     .run = send},
    {.name = "child",
     .group = group,
     .usage = "start|stop|restart|delete|suspend|resume PATH",
     .summary = "tell a supervisor what to do with a child",
     .details = "Example: lepton child restart compute/workers/worker-1\n",
     .least = 2,
     .most = 2,
     .verbs = {"start", "stop", "restart", "delete", "suspend", "resume"},
     .needs_verb = true,
     .hints = {hint::none, hint::actor},
     .run = child},
    {.name = "chaos",
     .group = group,
     .usage = "crash|hang|kill PATH",
     .summary = "inject a fault, if the node's [chaos] allows it",
     .details = "Example: lepton chaos kill compute/workers/worker-1\n",
     .least = 2,
     .most = 2,
     .verbs = {"crash", "hang", "kill"},
     .needs_verb = true,
     .hints = {hint::none, hint::actor},
     .run = chaos},
  };
}

} // namespace lepton_shell
