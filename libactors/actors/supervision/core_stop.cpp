// How supervisor_core ends: because it was told to, gave up, or its significant
// children have ended.

#include <actors/supervision/core.hpp>

#include <algorithm>

namespace actors {

void supervisor_core::give_up(slot_id slot, time_point now) {
  auto known = slot < children_.size() && children_[slot].in_use;
  exit_status why{exit_status::kind::shutdown,
                  "gave up: more than " + budgets_.spent(),
                  exit_status::cause::gave_up};
  if (known)
    why.text += ", last '" + children_[slot].policy->id + "'";
  report(supervision_report::kind::gave_up, known ? slot : no_slot, why, now);
  begin_stop(std::move(why), now);
}

/// With what this supervisor ends because this child has ended by itself;
/// nothing if it goes on.
std::optional<exit_status> supervisor_core::end_with(slot_id slot,
                                                     time_point now) {
  const auto& c = children_[slot];
  if (!c.policy->significant || policy_.ends == auto_shutdown::never)
    return std::nullopt;
  if (policy_.ends == auto_shutdown::all_significant && significant_ > 0)
    return std::nullopt;
  exit_status why{exit_status::kind::shutdown,
                  "significant child '" + c.policy->id + "' has ended",
                  exit_status::cause::auto_shutdown};
  report(supervision_report::kind::auto_shutdown, slot, why, now);
  return why;
}

void supervisor_core::begin_stop(exit_status why, time_point now) {
  if (mode_ == mode::stopping || mode_ == mode::ended)
    return;
  mode_ = mode::stopping;
  exit_status_ = std::move(why);
  round_.reset();
  release_waiting(now);
  stop_cursor_ = last_;
  if (policy_.stop == stop_order::parallel)
    for (auto s = last_; s != no_slot; s = children_[s].prev)
      if (children_[s].state == child_state::running
          || children_[s].state == child_state::starting)
        halt(s, now);
  advance_stop(now);
}

/// Nobody gets what he waits for any more.
void supervisor_core::release_waiting(time_point now) {
  for (auto& x : deferred_)
    reply(x.from, op_result::stopping);
  deferred_.clear();
  for (auto s = first_; s != no_slot; s = children_[s].next) {
    answer_start(s, op_result::stopping);
    if (children_[s].state == child_state::restarting)
      set_state(children_[s], child_state::stopped, now);
  }
}

void supervisor_core::advance_stop(time_point now) {
  while (policy_.stop == stop_order::reverse && stop_cursor_ != no_slot) {
    auto& c = children_[stop_cursor_];
    if (c.state == child_state::running || c.state == child_state::starting)
      halt(stop_cursor_, now);
    if (has_incarnation(c.state))
      return;
    stop_cursor_ = c.prev;
  }
  if (live_ > 0 || mode_ == mode::ended)
    return;
  report_stop_errors(now);
  mode_ = mode::ended;
  act(action::exit{exit_status_});
}

/// Says how a child ended that was stopped. When all stop at once its errors
/// are gathered: a pool of thousands would else say the same thousands of
/// times.
void supervisor_core::report_stop(slot_id slot,
                                  exit_status why,
                                  time_point now) {
  auto& c = children_[slot];
  auto took = now - c.since;
  if (why.how == exit_status::kind::lost)
    return; // has been said
  if (ended_as_asked(c.policy->when, c.by_force && !c.overdue, why)) {
    report(supervision_report::kind::child_stopped, slot, why, now, took);
    return;
  }
  if (c.overdue && why.how == exit_status::kind::killed && why.text.empty())
    why.text = "did not end within " + in_seconds(c.policy->grace);
  if (mode_ != mode::stopping || policy_.stop != stop_order::parallel) {
    report(supervision_report::kind::stop_failed, slot, why, now, took);
    return;
  }
  stop_errors_.add(std::move(why), took);
}

void supervisor_core::report_stop_errors(time_point now) {
  for (auto& x : stop_errors_.take())
    act(supervision_report{supervision_report::kind::stop_failed, no_slot, 0,
                           std::move(x.why), x.took, duration{0},
                           budgets_.left(now), x.count});
}

} // namespace actors
