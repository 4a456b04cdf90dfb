#include <shell/commands/all.hpp>
#include <shell/core/context.hpp>
#include <shell/core/errors.hpp>
#include <shell/core/interrupt.hpp>
#include <shell/jobs/patience.hpp>
#include <shell/net/fields.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <charconv>
#include <cmath>
#include <ostream>

namespace lepton_shell {

namespace {

constexpr int wait_ms = 10000;

tone tone_of_event(const std::string& kind) {
  for (auto word : {"crash", "kill", "hang", "hung", "gave_up", "fail", "lost",
                    "dead", "down", "ended"}) {
    if (kind.find(word) != std::string::npos)
      return tone::bad;
  }
  return kind.find("start") != std::string::npos ? tone::good : tone::plain;
}

/// `crashed: cannot add nothing`; a text that says it all stands alone.
std::string why_of(const json& e) {
  auto reason = text_of(e, "reason");
  auto what = text_of(e, "text");
  if (what.empty() || reason.empty() || what.starts_with(reason))
    return what.empty() ? reason : what;
  return reason + ": " + what;
}

/// What an event's duration means depends on its kind.
std::string duration_of(const json& e, const std::string& kind) {
  auto ms = number_of(e, "duration_ms");
  if (std::isnan(ms))
    return {};
  auto span = span_text(ms / 1000);
  if (kind == "restarting")
    return ms > 0 ? "in " + span : "at once";
  return (kind == "child_ended" ? "after " : "took ") + span;
}

void print_event(context& c, const json& e) {
  if (c.wants_json()) {
    c.out << dump(e) << '\n';
    return;
  }
  auto when = time_of(member(e, "time"));
  auto kind = printable(text_of(e, "kind"));
  std::string text = std::isnan(when) ? text_of(e, "time") : clock_text(when);
  text = c.look.paint(tone::dim, printable(text)) + "  "
         + c.look.paint(tone_of_event(kind), pad_right(kind, 13)) + "  "
         + printable(text_of(e, "path"));
  if (auto why = why_of(e); !why.empty())
    text += "  " + printable(why);
  if (auto took = duration_of(e, kind); !took.empty())
    text += c.look.paint(tone::dim, "  " + took);
  c.out << text << '\n';
}

std::string
whole_number(const arguments& args, const char* flag, const char* otherwise) {
  auto text = args.value(flag, otherwise);
  uint64_t n = 0;
  auto end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, n);
  if (!text.empty() && (error != std::errc{} || stop != end))
    throw usage_error(std::string("events: ") + flag
                      + ": expected a whole number, got \"" + text + "\"");
  return text;
}

[[noreturn]] void follow(context& c, std::string since) {
  while (true) {
    auto answer = with_patience(c, [&] {
      return c.api.get("/events",
                       {{"since", since}, {"wait_ms", std::to_string(wait_ms)}},
                       wait_ms / 1000.0);
    });
    for (auto& e : member(answer, "events"))
      print_event(c, e);
    c.out.flush();
    auto next = count_of(answer, "next");
    if (next.empty())
      throw refusal("the node's answer lacks \"next\"");
    if (next == since) // nothing came, perhaps at once: do not spin
      wait_seconds(0.05);
    since = next;
  }
}

int events(context& c, const arguments& args) {
  query_list query{{"limit", whole_number(args, "--limit", "50")}};
  auto since = whole_number(args, "--since", "");
  if (!since.empty())
    query.emplace_back("since", since);
  auto answer = c.api.get("/events", query);
  auto& list = member(answer, "events");
  auto follows = args.has("--follow");
  if (c.wants_json() && !follows) {
    c.print(answer);
    return done;
  }
  for (auto& e : list)
    print_event(c, e);
  if (list.empty() && !follows)
    c.out << c.look.paint(tone::dim, "nothing has happened yet") << '\n';
  c.out.flush();
  if (follows)
    follow(c, count_of(answer, "next"));
  return done;
}

} // namespace

std::vector<command> event_commands() {
  return {
    {.name = "events",
     .group = "The system",
     .usage = "[--follow] [--limit N] [--since ID]",
     .summary = "what happened: starts, crashes, restarts, faults",
     .details = "With -o json --follow: one JSON document a line.\n\n"
                "Example: lepton events --follow\n",
     .options = {{"--follow", "", "go on as things happen, until ^C"},
                 {"--limit", "N", "how many at most (50)"},
                 {"--since", "ID", "those after this event"}},
     .run = events},
  };
}

} // namespace lepton_shell
