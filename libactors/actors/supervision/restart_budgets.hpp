#pragma once

#include <actors/supervision/restart_window.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace actors {

/// The budgets that a restart has to be within: the supervisor's, that of its
/// subtree and the child's own, as far as there are such.
class restart_budgets {
public:
  explicit restart_budgets(const supervisor_policy& policy);

  /// Counts a restart that the child in this place causes, if every budget
  /// allows it; else `spent` tells which does not.
  bool spend(const child_policy& child, uint32_t place, time_point now);

  /// Counts a restart further down, in the subtree.
  bool spend_below(time_point now);

  /// How many restarts this child may cause before one budget is spent.
  uint32_t left(const child_policy& child, uint32_t place, time_point now);

  /// How many the supervisor's own budget allows.
  uint32_t left(time_point now) { return all_.left(now); }

  /// The supervisor has another policy: what is in its windows stays counted.
  void change(const supervisor_policy& policy, time_point now);

  /// The same for the child in this place.
  void change(const child_policy& child, uint32_t place, time_point now);

  /// The child in this place is gone.
  void forget(uint32_t place) { own_.erase(place); }

  /// `1 restarts within 5 s`: the budget that was spent.
  const std::string& spent() const { return spent_; }

private:
  supervisor_policy policy_;
  restart_window all_;
  std::optional<restart_window> subtree_;
  std::unordered_map<uint32_t, restart_window> own_; ///< of who has restarted
  std::string spent_;
};

} // namespace actors
