#include <actors/supervision/policy.hpp>

namespace actors {

bool is_abnormal(const exit_status& status) {
  using kind = exit_status::kind;
  return status.how != kind::normal && status.how != kind::shutdown;
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
  }
  return "unknown";
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

std::optional<strategy> strategy_from(const std::string& word) {
  for (auto x :
       {strategy::one_for_one, strategy::one_for_all, strategy::rest_for_one})
    if (word == to_string(x))
      return x;
  return std::nullopt;
}

std::string problem_with(const child_policy& policy) {
  if (policy.id.empty())
    return "a child has an empty id: give it a name";
  if (policy.id.find('/') != std::string::npos)
    return "child '" + policy.id + "': an id must not contain '/'";
  if (policy.grace < duration::zero())
    return "child '" + policy.id + "': grace must not be negative";
  if (policy.start_within <= duration::zero())
    return "child '" + policy.id + "': start_within must be positive";
  const auto& delay = policy.delay;
  if (delay.min < duration::zero() || delay.max < delay.min)
    return "child '" + policy.id + "': backoff needs 0 <= min <= max";
  if (!(delay.factor >= 1.0))
    return "child '" + policy.id + "': backoff factor must be at least 1";
  return {};
}

std::string problem_with(const supervisor_policy& policy) {
  if (policy.within <= duration::zero())
    return "within must be positive, for example 5s";
  if (policy.lost_after <= duration::zero())
    return "lost_after must be positive, for example 2s";
  return {};
}

} // namespace actors
