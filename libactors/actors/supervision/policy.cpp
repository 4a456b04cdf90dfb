#include <actors/supervision/policy.hpp>

#include <string_view>
#include <unordered_set>

namespace actors {

bool is_abnormal(const exit_status& status) {
  using kind = exit_status::kind;
  return status.how != kind::normal && status.how != kind::shutdown;
}

bool wants_restart(restart when, const exit_status& why) {
  return when == restart::permanent
         || (when == restart::transient && is_abnormal(why));
}

bool ended_as_asked(restart when, bool kill_is_right, const exit_status& why) {
  using kind = exit_status::kind;
  return why.how == kind::shutdown || (kill_is_right && why.how == kind::killed)
         || (why.how == kind::normal && when != restart::permanent);
}

std::string to_string(strategy x) {
  switch (x) {
  case strategy::one_for_one:
    return "one_for_one";
  case strategy::one_for_all:
    return "one_for_all";
  case strategy::rest_for_one:
    return "rest_for_one";
  }
  return "unknown";
}

std::string to_string(restart x) {
  switch (x) {
  case restart::permanent:
    return "permanent";
  case restart::transient:
    return "transient";
  case restart::temporary:
    return "temporary";
  }
  return "unknown";
}

std::string to_string(child_kind x) {
  return x == child_kind::worker ? "worker" : "supervisor";
}

std::string to_string(carrier x) {
  switch (x) {
  case carrier::actor:
    return "actor";
  case carrier::thread:
    return "thread";
  case carrier::process:
    return "process";
  case carrier::remote:
    return "remote";
  }
  return "unknown";
}

std::string to_string(auto_shutdown x) {
  switch (x) {
  case auto_shutdown::never:
    return "never";
  case auto_shutdown::any_significant:
    return "any_significant";
  case auto_shutdown::all_significant:
    return "all_significant";
  }
  return "unknown";
}

std::string to_string(stop_order x) {
  switch (x) {
  case stop_order::reverse:
    return "reverse";
  case stop_order::parallel:
    return "parallel";
  }
  return "unknown";
}

std::string to_string(exit_status::kind x) {
  switch (x) {
  case exit_status::kind::normal:
    return "normal";
  case exit_status::kind::shutdown:
    return "shutdown";
  case exit_status::kind::crashed:
    return "crashed";
  case exit_status::kind::killed:
    return "killed";
  case exit_status::kind::lost:
    return "lost";
  case exit_status::kind::hung:
    return "hung";
  }
  return "unknown";
}

std::string to_string(const budget& x) {
  return std::to_string(x.max_restarts) + " restarts within "
         + in_seconds(x.within);
}

std::string in_seconds(duration x) {
  auto text = std::to_string(std::chrono::duration<double>(x).count());
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.')
    text.pop_back();
  return text + " s";
}

std::string to_string(const exit_status& x) {
  return x.text.empty() ? to_string(x.how) : to_string(x.how) + ": " + x.text;
}

namespace {

template <class Enum>
std::optional<Enum> found_in(std::initializer_list<Enum> all,
                             const std::string& word) {
  for (auto x : all)
    if (word == to_string(x))
      return x;
  return std::nullopt;
}

} // namespace

std::optional<strategy> strategy_from(const std::string& word) {
  return found_in(
    {strategy::one_for_one, strategy::one_for_all, strategy::rest_for_one},
    word);
}

std::optional<restart> restart_from(const std::string& word) {
  return found_in({restart::permanent, restart::transient, restart::temporary},
                  word);
}

std::optional<auto_shutdown> auto_shutdown_from(const std::string& word) {
  return found_in({auto_shutdown::never, auto_shutdown::any_significant,
                   auto_shutdown::all_significant},
                  word);
}

std::optional<stop_order> stop_order_from(const std::string& word) {
  return found_in({stop_order::reverse, stop_order::parallel}, word);
}

// -- checks -------------------------------------------------------------------

namespace {

/// A value of an enum that none of its words names: it was cast.
template <class Enum>
std::string not_a_word(const char* field, Enum x) {
  if (to_string(x) != "unknown")
    return {};
  return std::string{field} + ": " + std::to_string(static_cast<int>(x))
         + " is not one of its values";
}

std::string problem_with(const char* field, const std::optional<budget>& x) {
  if (x && x->within <= duration::zero())
    return std::string{field} + ": within must be positive, for example 5s";
  return {};
}

std::string problem_with(const backoff& x) {
  if (x.min < duration::zero() || x.max < x.min)
    return "backoff needs 0 <= min <= max";
  if (!(x.factor >= 1.0))
    return "backoff factor must be at least 1";
  if (x.reset_after < duration::zero())
    return "backoff reset_after must not be negative";
  return {};
}

std::string problem_of_field(const child_policy& x) {
  if (x.id.find('/') != std::string::npos)
    return "an id must not contain '/'";
  if (auto text = not_a_word("when", x.when); !text.empty())
    return text;
  if (x.kind != child_kind::worker && x.kind != child_kind::supervisor)
    return "kind: " + std::to_string(static_cast<int>(x.kind))
           + " is not one of its values";
  if (x.grace < duration::zero())
    return "grace must not be negative";
  if (x.start_within <= duration::zero())
    return "start_within must be positive";
  if (x.liveness <= duration::zero())
    return "liveness must be positive";
  if (x.significant && x.when == restart::permanent)
    return "significant: a permanent child never ends; make it transient or "
           "temporary";
  if (auto text = problem_with(x.delay); !text.empty())
    return text;
  return problem_with("own_budget", x.own_budget);
}

} // namespace

std::string problem_with(const child_policy& policy) {
  if (policy.id.empty())
    return "a child has an empty id: give it a name";
  auto text = problem_of_field(policy);
  return text.empty() ? text : "child '" + policy.id + "': " + text;
}

std::string problem_with(const supervisor_policy& policy) {
  for (auto& text :
       {not_a_word("how", policy.how), not_a_word("ends", policy.ends),
        not_a_word("stop", policy.stop)})
    if (!text.empty())
      return text;
  if (policy.within <= duration::zero())
    return "within must be positive, for example 5s";
  if (policy.lost_after <= duration::zero())
    return "lost_after must be positive, for example 2s";
  return problem_with("subtree", policy.subtree);
}

std::string problem_with(const supervisor_policy& above,
                         const child_policy& policy) {
  auto text = problem_with(policy);
  if (text.empty() && policy.significant && above.ends == auto_shutdown::never)
    return "child '" + policy.id
           + "': significant: its supervisor never ends by itself; set `ends`";
  return text;
}

std::string
problem_with(const supervisor_policy& policy,
             const std::vector<std::shared_ptr<const child_policy>>& children) {
  auto text = problem_with(policy);
  std::unordered_set<std::string_view> ids;
  ids.reserve(children.size());
  for (auto& child : children) {
    if (text.empty())
      text = problem_with(policy, *child);
    if (text.empty() && !ids.insert(child->id).second)
      text = "two children have the id '" + child->id
             + "': ids must be unique among siblings";
    if (!text.empty())
      break;
  }
  return text;
}

} // namespace actors
