#pragma once

#include <actors/supervision/policy.hpp>

#include <cstddef>
#include <optional>
#include <string>

/// What may be changed of children and supervisors while they run. A field that
/// is empty stays as it is. Plain data, as policy.hpp.
namespace actors {

struct backoff_changes {
  backoff_changes() = default;

  backoff_changes(const backoff& all)
    : min{all.min},
      max{all.max},
      factor{all.factor},
      reset_after{all.reset_after} {}

  std::optional<duration> min;
  std::optional<duration> max;
  std::optional<double> factor;
  std::optional<duration> reset_after;
};

/// Of one child.
struct child_changes {
  std::optional<restart> when;
  std::optional<duration> grace;        ///< from its next stop on
  std::optional<duration> start_within; ///< from its next start on
  std::optional<duration> liveness;     ///< from now on
  backoff_changes delay;
  std::optional<bool> significant;
  std::optional<std::optional<budget>> own_budget; ///< keeps what was counted
};

/// Of a supervisor itself; counts at once, and restarts that were counted stay
/// counted.
struct supervisor_changes {
  std::optional<strategy> how;
  std::optional<uint32_t> max_restarts;
  std::optional<duration> within;
  std::optional<stop_order> stop;
  std::optional<duration> lost_after;
  std::optional<auto_shutdown> ends;
  std::optional<std::optional<budget>> subtree;

  // Only of a dynamic one:
  std::optional<size_t> max_children;
  child_changes pattern; ///< its template, from each child's next start on
};

void apply(const child_changes& changes, child_policy& policy);

/// All but what only a dynamic supervisor has.
void apply(const supervisor_changes& changes, supervisor_policy& policy);

/// `restart = transient, grace = 5 s`; empty if nothing changes.
std::string to_string(const child_changes& changes);
std::string to_string(const supervisor_changes& changes);

} // namespace actors
