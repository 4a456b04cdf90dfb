#include <shell/commands/all.hpp>
#include <shell/core/context.hpp>
#include <shell/core/errors.hpp>
#include <shell/core/interrupt.hpp>
#include <shell/jobs/patience.hpp>
#include <shell/net/fields.hpp>
#include <shell/text/table.hpp>
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
  auto was_up =
    kind == "child_ended" || kind == "child_hung" || kind == "child_lost";
  return (was_up ? "after " : "took ") + span;
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
  std::string rest;
  if (auto took = duration_of(e, kind); !took.empty())
    rest += "  " + took;
  if (auto pid = count_of(e, "pid"); !pid.empty())
    rest += "  pid " + pid;
  if (auto left = count_of(e, "restarts_left");
      !left.empty() && kind != "child_started" && kind != "child_stopped")
    rest += "  " + left + " restarts left";
  text += c.look.paint(tone::dim, rest);
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

// -- dead letters -------------------------------------------------------------

int dead_letters(context& c, const arguments& args) {
  query_list query{{"limit", whole_number(args, "--limit", "50")}};
  if (!args.words.empty())
    query.emplace_back("path", args.words[0]);
  auto answer = c.api.get("/dead-letters", query);
  if (c.wants_json()) {
    c.print(answer);
    return done;
  }
  table t({"time", "path", ">inc", ">crashes", "message", "reason"});
  t.cut_last();
  for (auto& x : member(answer, "dead_letters")) {
    auto when = time_of(member(x, "time"));
    t.add({std::isnan(when) ? std::string{} : clock_text(when),
           text_of(x, "path"), count_of(x, "incarnation"),
           cell{count_of(x, "crashes"), tone::bad}, text_of(x, "message"),
           text_of(x, "reason")});
  }
  t.print(c.out, c.look, "no message has been given up");
  return done;
}

// -- trace --------------------------------------------------------------------

constexpr double between_looks = 0.1;
constexpr double longest_trace = 3600;

/// `5s`, `500ms`, `2min`: seconds.
double seconds_from(const std::string& text) {
  double n = 0;
  auto end = text.data() + text.size();
  auto [unit, error] = std::from_chars(text.data(), end, n);
  std::string_view rest{unit, static_cast<size_t>(end - unit)};
  auto factor = rest == "s" || rest.empty() ? 1.0
                : rest == "ms"              ? 1e-3
                : rest == "min"             ? 60.0
                                            : 0.0;
  auto seconds = n * factor;
  if (error != std::errc{} || !(seconds > 0) || seconds > longest_trace)
    throw usage_error(
      "trace: --for: expected a time up to 60min like 5s, got \"" + text
      + "\"");
  return seconds;
}

tone tone_of_outcome(const std::string& outcome) {
  if (outcome == "delivered" || outcome == "answered")
    return tone::good;
  return outcome == "held" ? tone::warning : tone::bad;
}

const char* word_of_traced(const json& x) {
  if (x.contains("answers"))
    return "reply ";
  return text_of(x, "request") == "true" ? "ask   " : "send  ";
}

/// From whom a message comes, how long an answer took.
std::string rest_of_traced(const json& x) {
  if (x.contains("answers"))
    return "  after " + span_text(number_of(x, "latency_ms") / 1e3);
  auto sender = text_of(x, "sender");
  return "  from " + printable(sender.empty() ? "nobody" : sender);
}

void print_traced(context& c, const json& x) {
  if (c.wants_json()) {
    c.out << dump(x) << '\n';
    return;
  }
  auto when = time_of(member(x, "time"));
  auto outcome = printable(text_of(x, "outcome"));
  c.out << c.look.paint(tone::dim,
                        std::isnan(when) ? std::string{} : clock_text(when))
        << "  "
        << c.look.paint(tone_of_outcome(outcome), pad_right(outcome, 10))
        << "  "
        << pad_right(count_of(x, x.contains("answers") ? "answers" : "id"), 4)
        << "  " << word_of_traced(x) << printable(text_of(x, "message"))
        << c.look.paint(tone::dim, rest_of_traced(x)) << '\n';
}

int trace(context& c, const arguments& args) {
  auto left = seconds_from(args.value("--for", "5s"));
  query_list query{{"path", args.words[0]}};
  auto next = count_of(c.api.get("/trace", query), "next");
  auto seen = size_t{0};
  for (auto last = false; !last;) {
    last = left <= between_looks;
    wait_seconds(std::min(left, between_looks));
    left -= between_looks;
    auto answer = c.api.get("/trace", {{"path", args.words[0]},
                                       {"since", next.empty() ? "0" : next}});
    next = count_of(answer, "next");
    for (auto& x : member(answer, "messages")) {
      print_traced(c, x);
      ++seen;
    }
    if (auto lost = count_of(answer, "lost");
        !c.wants_json() && !lost.empty() && lost != "0")
      c.out << c.look.paint(tone::warning, lost + " more were not kept")
            << '\n';
    c.out.flush();
  }
  if (seen == 0 && !c.wants_json())
    c.out << c.look.paint(tone::dim, "no message came") << '\n';
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
    {.name = "dead-letters",
     .group = "The system",
     .usage = "[PATH] [--limit N]",
     .summary = "messages that were given up, and why",
     .details = "Messages that crashed an actor again and again, or that found "
                "no room while it was down. The newest come last; they are "
                "kept in memory.\n\n"
                "Example: lepton dead-letters alpha/examples\n",
     .most = 1,
     .hints = {hint::actor},
     .options = {{"--limit", "N", "how many at most (50)"}},
     .run = dead_letters},
    {.name = "trace",
     .group = "The system",
     .usage = "PATH [--for TIME]",
     .summary = "the messages to an actor and its answers, as they go",
     .details = "With -o json: one JSON document a line. Nothing is slowed "
                "down unless somebody looks.\n\n"
                "Example: lepton trace alpha/examples/counter --for 10s\n",
     .least = 1,
     .most = 1,
     .hints = {hint::actor},
     .options = {{"--for", "TIME", "how long to look (5s)"}},
     .run = trace},
  };
}

} // namespace lepton_shell
