#include <actors/supervision/doubts.hpp>
#include <actors/supervision/dynamic.hpp>
#include <actors/supervision/warnings.hpp>

#include <algorithm>
#include <cmath>

namespace actors {

namespace {

/// More starts of one child than anybody wants to see in a log.
constexpr double many_starts = 1000;

duration sum(duration x, duration y) {
  return x == infinite || y == infinite || x > infinite - y ? infinite : x + y;
}

duration times(duration x, uint32_t n) {
  if (x == infinite || n == 0)
    return n == 0 ? duration::zero() : infinite;
  return x > infinite / n ? infinite : x * n;
}

duration longest_stop(const supervisor_policy& above, const child_spec& x) {
  if (x.grace != infinite)
    return sum(x.grace, above.lost_after);
  if (x.pool) // its children stop together
    return longest_stop(*x.pool, x.pool->child);
  return x.below ? longest_stop(*x.below) : infinite;
}

/// A dynamic supervisor as one with a single child.
supervisor_spec as_ordinary(const dynamic_spec& x) {
  supervisor_spec result;
  static_cast<supervisor_policy&>(result) = x;
  result.children = {x.child};
  return result;
}

/// The delays before `n` restarts in a row, on average: the jitter halves them.
duration mean_backoff(const backoff& delay, uint32_t n) {
  double total = 0;
  auto most = static_cast<double>(delay.max.count());
  for (uint32_t i = 2; i <= std::min(n, 10'000u); ++i)
    total += std::min(most, static_cast<double>(delay.min.count())
                              * std::pow(delay.factor, i - 2))
             / 2;
  return total < 9e18 ? duration{static_cast<int64_t>(total)} : infinite;
}

class search {
public:
  search(const supervisor_spec& spec, const std::string& path)
    : spec_{spec},
      place_{path.empty() ? "" : path + ": "},
      budget_{to_string(budget{spec.max_restarts, spec.within})} {}

  std::vector<std::string> run() {
    if (spec_.max_restarts > 0) {
      check_stops();
      for (auto& child : spec_.children)
        check(child);
    }
    for (auto& child : spec_.children)
      check_own_budget(child);
    for (auto& text : doubts(spec_))
      say(text);
    return std::move(found_);
  }

private:
  /// @param each how long one failure takes at least
  bool too_slow(duration each) const {
    return times(each, spec_.max_restarts) > spec_.within;
  }

  void say(const std::string& text) { found_.push_back(place_ + text); }

  void check_stops() {
    if (spec_.how == strategy::one_for_one || spec_.children.size() < 2)
      return;
    auto each = longest_stop(spec_);
    if (each != infinite && too_slow(each))
      say("its children may take " + in_seconds(each)
          + " to stop at each restart, so that " + budget_
          + " are never reached: it would restart them for ever; make `within` "
            "longer or `grace` shorter");
  }

  void check(const child_spec& x) {
    auto it = "child '" + x.id + "': ";
    auto never = ", so that " + budget_ + " are never reached";
    if (auto mean = mean_backoff(x.delay, spec_.max_restarts);
        mean > spec_.within)
      say(it + "its backoff takes " + in_seconds(mean) + " on average" + never
          + "; make `within` longer or `max` of the backoff shorter");
    if (x.start_within != infinite && too_slow(x.start_within))
      say(it + "a start that is not acknowledged is noticed after "
          + in_seconds(x.start_within) + never);
    if (x.liveness != infinite && too_slow(x.liveness))
      say(it + "that it hangs is noticed after " + in_seconds(x.liveness)
          + " at the earliest" + never);
  }

  void check_own_budget(const child_spec& x) {
    if (x.own_budget && x.own_budget->max_restarts >= spec_.max_restarts
        && x.own_budget->within <= spec_.within)
      say("child '" + x.id + "': its own_budget of " + to_string(*x.own_budget)
          + " is never spent before its supervisor's");
  }

  const supervisor_spec& spec_;
  std::string place_;
  std::string budget_;
  std::vector<std::string> found_;
};

void collect(const supervisor_spec& spec,
             const std::string& path,
             std::vector<std::string>& all) {
  for (auto& text : search{spec, path}.run())
    all.push_back(std::move(text));
  for (auto& child : spec.children) {
    auto place = path.empty() ? child.id : path + '/' + child.id;
    if (child.below)
      collect(*child.below, place, all);
    if (child.pool)
      collect(as_ordinary(*child.pool), place, all);
  }
}

} // namespace

duration longest_stop(const supervisor_spec& spec) {
  duration total{0};
  for (auto& child : spec.children) {
    auto one = longest_stop(spec, child);
    total = spec.stop == stop_order::parallel ? std::max(total, one)
                                              : sum(total, one);
  }
  return total;
}

double most_starts(const supervisor_spec& spec) {
  double below = 1;
  for (auto& child : spec.children) {
    if (child.when != restart::permanent)
      continue;
    if (child.below)
      below = std::max(below, most_starts(*child.below));
    if (child.pool)
      below = std::max(below, most_starts(as_ordinary(*child.pool)));
  }
  return (1.0 + spec.max_restarts) * below;
}

std::vector<std::string> warnings(const supervisor_spec& spec,
                                  const std::string& path) {
  std::vector<std::string> all;
  collect(spec, path, all);
  if (auto n = most_starts(spec); n > many_starts)
    all.push_back((path.empty() ? "" : path + ": ")
                  + "a child that always crashes may be started "
                  + std::to_string(static_cast<uint64_t>(std::min(n, 1e18)))
                  + " times before the root gives up, the product of the "
                    "budgets above it; set `subtree` on a supervisor above");
  return all;
}

} // namespace actors
