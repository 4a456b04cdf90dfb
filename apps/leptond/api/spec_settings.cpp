#include <leptond/api/spec_settings.hpp>
#include <leptond/config/units.hpp>
#include <leptond/core/text.hpp>
#include <leptond/http/message.hpp>

#include <charconv>
#include <functional>
#include <map>

namespace leptond::api {

namespace {

using actors::child_changes;
using actors::duration;
using actors::supervisor_changes;
using nlohmann::json;

constexpr auto for_ever = "infinite";
constexpr auto none = "none";

// -- values -------------------------------------------------------------------

/// A value that cannot be read; the key is added by who knows it.
struct bad_value {
  std::string expected;
};

template <class Number>
std::optional<Number> number_from(std::string_view text) {
  Number result{};
  auto end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, result);
  if (error != std::errc{} || stop != end)
    return std::nullopt;
  return result;
}

duration time_from(const std::string& text, bool may_be_infinite) {
  if (may_be_infinite && (text == for_ever || text == "infinity"))
    return actors::infinite;
  if (auto ms = parse_duration(text))
    return std::chrono::milliseconds{*ms};
  throw bad_value{std::string{"a duration such as \"250ms\" or \"5s\""}
                  + (may_be_infinite ? ", or \"infinite\"" : "")};
}

uint32_t count_from(const std::string& text) {
  if (auto n = number_from<uint32_t>(text))
    return *n;
  throw bad_value{"a whole number"};
}

double factor_from(const std::string& text) {
  if (auto x = number_from<double>(text))
    return *x;
  throw bad_value{"a number such as 2"};
}

bool truth_from(const std::string& text) {
  if (text == "true" || text == "false")
    return text == "true";
  throw bad_value{"true or false"};
}

std::optional<actors::budget> budget_from(const std::string& text) {
  if (text == none)
    return std::nullopt;
  auto slash = text.find('/');
  auto n = number_from<uint32_t>(text.substr(0, slash));
  auto ms =
    slash == text.npos ? std::nullopt : parse_duration(text.substr(slash + 1));
  if (!n || !ms)
    throw bad_value{"restarts and a time such as \"3/10s\", or \"none\""};
  return actors::budget{*n, std::chrono::milliseconds{*ms}};
}

size_t children_from(const std::string& text) {
  if (text == "unlimited")
    return actors::unlimited;
  if (auto n = number_from<size_t>(text))
    return *n;
  throw bad_value{"a whole number, or \"unlimited\""};
}

/// One of the words of an enum.
template <class Enum>
Enum word_from(std::optional<Enum> (*find)(const std::string&),
               const std::string& text,
               const char* expected) {
  if (auto x = find(text))
    return *x;
  throw bad_value{std::string{"one of "} + expected};
}

// -- keys ---------------------------------------------------------------------

template <class Changes>
using setter = std::function<void(Changes&, const std::string&)>;

template <class Changes>
using table = std::map<std::string, setter<Changes>>;

const table<child_changes>& child_keys() {
  using c = child_changes;
  using text = std::string;
  static const table<c> keys{
    {"restart",
     [](c& x, const text& v) {
       x.when =
         word_from(actors::restart_from, v, "permanent, transient, temporary");
     }},
    {"grace", [](c& x, const text& v) { x.grace = time_from(v, true); }},
    {"start_within",
     [](c& x, const text& v) { x.start_within = time_from(v, true); }},
    {"liveness", [](c& x, const text& v) { x.liveness = time_from(v, true); }},
    {"backoff", [](c& x, const text& v) { x.delay.min = time_from(v, false); }},
    {"backoff_max",
     [](c& x, const text& v) { x.delay.max = time_from(v, false); }},
    {"backoff_factor",
     [](c& x, const text& v) { x.delay.factor = factor_from(v); }},
    {"backoff_reset",
     [](c& x, const text& v) { x.delay.reset_after = time_from(v, false); }},
    {"significant", [](c& x, const text& v) { x.significant = truth_from(v); }},
    {"own_budget", [](c& x, const text& v) { x.own_budget = budget_from(v); }},
  };
  return keys;
}

const table<supervisor_changes>& supervisor_keys() {
  using s = supervisor_changes;
  using text = std::string;
  static const table<s> keys{
    {"strategy",
     [](s& x, const text& v) {
       x.how = word_from(actors::strategy_from, v,
                         "one_for_one, one_for_all, rest_for_one");
     }},
    {"max_restarts",
     [](s& x, const text& v) { x.max_restarts = count_from(v); }},
    {"within", [](s& x, const text& v) { x.within = time_from(v, false); }},
    {"stop_order",
     [](s& x, const text& v) {
       x.stop = word_from(actors::stop_order_from, v, "reverse, parallel");
     }},
    {"lost_after",
     [](s& x, const text& v) { x.lost_after = time_from(v, false); }},
    {"auto_shutdown",
     [](s& x, const text& v) {
       x.ends = word_from(actors::auto_shutdown_from, v,
                          "never, any_significant, all_significant");
     }},
    {"subtree_budget", [](s& x, const text& v) { x.subtree = budget_from(v); }},
    {"max_children",
     [](s& x, const text& v) { x.max_children = children_from(v); }},
  };
  return keys;
}

/// OTP's names of what has another one here.
std::string our_name(const std::string& key) {
  static const std::map<std::string, std::string> otp{
    {"shutdown", "grace"},
    {"intensity", "max_restarts"},
    {"period", "within"},
    {"template.shutdown", "template.grace"}};
  auto i = otp.find(key);
  return i == otp.end() ? key : i->second;
}

std::string unknown_key(const std::string& key) {
  std::vector<std::string> known;
  for (auto& [name, set] : child_keys())
    known.push_back(name);
  for (auto& [name, set] : supervisor_keys())
    known.push_back(name);
  auto all = join(known);
  for (auto& [name, set] : child_keys())
    known.push_back("template." + name);
  if (auto meant = nearest(key, known))
    return key + ": unknown key, did you mean " + *meant + '?';
  return key + ": unknown key; there are " + all
         + ", and of a dynamic supervisor those of a child after template.";
}

std::string text_of(const std::string& key, const json& value) {
  if (value.is_string())
    return value.get<std::string>();
  if (value.is_number() || value.is_boolean())
    return value.dump();
  throw http::http_error{400, key + ": expected a text, number or boolean"};
}

template <class Changes>
void set(Changes& changes,
         const setter<Changes>& f,
         const std::string& key,
         const json& value) {
  auto text = text_of(key, value);
  try {
    f(changes, text);
  } catch (const bad_value& e) {
    throw http::http_error{400, key + ": expected " + e.expected + ", got "
                                  + in_quotes(text)};
  }
}

/// @returns whether it is a key of the supervisor itself
bool set(wanted_changes& changes, const std::string& key, const json& value) {
  constexpr std::string_view prefix = "template.";
  auto name = our_name(key);
  auto of_template = name.starts_with(prefix);
  auto& keys = child_keys();
  if (auto i = keys.find(of_template ? name.substr(prefix.size()) : name);
      i != keys.end()) {
    set(of_template ? changes.supervisor.pattern : changes.child, i->second,
        key, value);
    return of_template;
  }
  auto i = supervisor_keys().find(name);
  if (i == supervisor_keys().end())
    throw http::http_error{400, unknown_key(key)};
  set(changes.supervisor, i->second, key, value);
  return true;
}

// -- and back -----------------------------------------------------------------

json time_json(duration x) {
  using std::chrono::milliseconds;
  if (x == actors::infinite)
    return for_ever;
  auto ms = std::chrono::duration_cast<milliseconds>(x);
  return ms == x ? duration_text(ms.count()) : actors::in_seconds(x);
}

json budget_json(const std::optional<actors::budget>& x) {
  if (!x)
    return none;
  return std::to_string(x->max_restarts) + '/'
         + time_json(x->within).get<std::string>();
}

} // namespace

wanted_changes read_changes(const json& changes) {
  if (!changes.is_object() || changes.empty())
    throw http::http_error{
      400, "set: expected what is to be changed, {\"restart\": \"transient\"}"};
  wanted_changes result;
  std::string of_child;
  std::string of_supervisor;
  for (auto& [key, value] : changes.items())
    (set(result, key, value) ? of_supervisor : of_child) = key;
  if (!of_child.empty() && !of_supervisor.empty())
    throw http::http_error{
      400, of_child + " is kept by the supervisor above, " + of_supervisor
             + " by the actor itself: change them one after the other"};
  result.of_supervisor = !of_supervisor.empty();
  return result;
}

json settings_json(const actors::child_policy& x) {
  return {{"restart", to_string(x.when)},
          {"grace", time_json(x.grace)},
          {"start_within", time_json(x.start_within)},
          {"liveness", time_json(x.liveness)},
          {"backoff", time_json(x.delay.min)},
          {"backoff_max", time_json(x.delay.max)},
          {"backoff_factor", x.delay.factor},
          {"backoff_reset", time_json(x.delay.reset_after)},
          {"significant", x.significant},
          {"own_budget", budget_json(x.own_budget)}};
}

json settings_json(const actors::supervisor_policy& x) {
  return {{"strategy", to_string(x.how)},
          {"max_restarts", x.max_restarts},
          {"within", time_json(x.within)},
          {"stop_order", to_string(x.stop)},
          {"lost_after", time_json(x.lost_after)},
          {"auto_shutdown", to_string(x.ends)},
          {"subtree_budget", budget_json(x.subtree)}};
}

json settings_json(const actors::dynamic_spec& x) {
  auto result = settings_json(static_cast<const actors::supervisor_policy&>(x));
  if (x.max_children == actors::unlimited)
    result["max_children"] = "unlimited";
  else
    result["max_children"] = x.max_children;
  result["template"] = settings_json(x.child);
  return result;
}

} // namespace leptond::api
