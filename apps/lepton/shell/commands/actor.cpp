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

// -- child --------------------------------------------------------------------

void print_child(context& c, const json& answer) {
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
}

/// Rows `key  value`; those of an object within it after a dot.
void add_settings(table& t, const std::string& prefix, const json& settings) {
  for (auto& [key, value] : settings.items())
    if (value.is_object())
      add_settings(t, prefix + key + '.', value);
    else
      t.add({{prefix + key, tone::accent},
             value.is_string() ? value.get<std::string>() : dump(value)});
}

void print_settings(context& c, const json& answer) {
  table t({"setting", "value"});
  for (auto part : {"spec", "supervisor"})
    if (answer.contains(part))
      add_settings(t, {}, answer[part]);
  t.print(c.out, c.look, "nothing can be set");
}

/// `{"restart": "transient"}` of `--set restart=transient`.
json settings_of(const arguments& args) {
  auto found = args.lists.find("--set");
  if (found == args.lists.end())
    throw usage_error("child replace: say what to change with --set KEY=VALUE; "
                      "`child spec "
                      + args.words[1] + "` shows what there is");
  auto result = json::object();
  for (auto& text : found->second) {
    auto equals = text.find('=');
    if (equals == 0 || equals == text.npos)
      throw usage_error("child replace: --set: expected KEY=VALUE, got \""
                        + text + "\"");
    result[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return result;
}

int child(context& c, const arguments& args) {
  auto& verb = args.words[0];
  auto& path = args.words[1];
  if (verb != "replace" && args.lists.count("--set") > 0)
    throw usage_error("child " + verb + ": --set belongs to `child replace`");
  json answer;
  if (verb == "spec")
    answer = c.api.get("/children/spec", {{"path", path}});
  else if (verb == "replace")
    answer = c.api.post("/children/replace",
                        {{"path", path}, {"set", settings_of(args)}});
  else
    answer = c.api.post("/children/" + verb, {{"path", path}});
  if (c.wants_json()) {
    c.print(answer);
    return done;
  }
  if (verb != "spec")
    print_child(c, answer);
  else
    print_settings(c, answer);
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

const std::string child_details =
  "`spec` shows how the child is started, restarted and stopped; `replace`\n"
  "changes that while it runs. Of a supervisor it also changes its own\n"
  "strategy and budget, and of a dynamic one its template.\n\n"
  "Examples:\n"
  "  lepton child restart compute/workers/worker-1\n"
  "  lepton child replace compute/workers/worker-1 --set grace=10s\n"
  "  lepton child replace compute/workers --set max_restarts=50 --set "
  "within=1min\n";

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
     .usage = "start|stop|restart|delete|suspend|resume|spec|replace PATH",
     .summary = "tell a supervisor what to do with a child",
     .details = child_details,
     .least = 2,
     .most = 2,
     .verbs = {"start", "stop", "restart", "delete", "suspend", "resume",
               "spec", "replace"},
     .needs_verb = true,
     .hints = {hint::none, hint::actor},
     .options = {{.flag = "--set",
                  .metavar = "KEY=VALUE",
                  .help = "what to replace; may be given again",
                  .words = {"restart=", "grace=", "start_within=", "liveness=",
                            "backoff=", "backoff_max=", "backoff_factor=",
                            "backoff_reset=", "significant=", "own_budget=",
                            "strategy=", "max_restarts=", "within=",
                            "stop_order=", "lost_after=", "auto_shutdown=",
                            "subtree_budget=", "max_children="},
                  .repeats = true}},
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
