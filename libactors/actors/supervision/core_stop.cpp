// How supervisor_core ends: because it was told to, gave up, or its significant
// children have ended.

#include <actors/supervision/core.hpp>

#include <algorithm>

namespace actors {

/// With what this supervisor ends because this child has ended by itself;
/// nothing if it goes on.
std::optional<exit_status> supervisor_core::end_with(slot_id slot,
                                                     time_point now) {
  const auto& policy = *places_[slot].policy;
  if (!policy.significant || policy_.ends == auto_shutdown::never)
    return std::nullopt;
  if (policy_.ends == auto_shutdown::all_significant && significant_ > 0)
    return std::nullopt;
  exit_status why{exit_status::kind::shutdown,
                  "significant child '" + policy.id + "' has ended",
                  exit_status::cause::auto_shutdown};
  report(supervision_report::kind::auto_shutdown, slot, why, now);
  return why;
}

void supervisor_core::begin_stop(exit_status why, time_point now) {
  if (is_over())
    return;
  mode_ = mode::stopping;
  exit_status_ = std::move(why);
  round_.reset();
  release_waiting(now);
  stop_cursor_ = last_;
  stops_at_once_ = policy_.stop == stop_order::parallel;
  if (stops_at_once_)
    for (auto s = last_; s != no_slot; s = places_[s].prev)
      if (at(s).state == child_state::running
          || at(s).state == child_state::starting)
        halt(s, now);
  advance_stop(now);
}

/// Nobody gets what he waits for any more.
void supervisor_core::release_waiting(time_point now) {
  for (auto& x : deferred_)
    reply(x.from, op_result::stopping);
  deferred_.clear();
  for (auto s = first_; s != no_slot; s = places_[s].next) {
    answer(s, true, op_result::stopping);
    if (at(s).state == child_state::restarting)
      set_state(at(s), child_state::stopped, now);
  }
}

void supervisor_core::advance_stop(time_point now) {
  while (!stops_at_once_ && stop_cursor_ != no_slot) {
    auto& c = at(stop_cursor_);
    if (c.state == child_state::running || c.state == child_state::starting)
      halt(stop_cursor_, now);
    if (has_incarnation(c.state))
      return;
    stop_cursor_ = places_[stop_cursor_].prev;
  }
  if (active() == 0 && mode_ != mode::ended)
    finish(now);
}

} // namespace actors
