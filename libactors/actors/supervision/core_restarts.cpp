// How supervisor_core restarts children, alone or with their siblings.

#include <actors/supervision/backoff.hpp>
#include <actors/supervision/core.hpp>

#include <algorithm>

namespace actors {

void supervisor_core::restart(slot_id slot, bool retry, time_point now) {
  auto& c = children_[slot];
  if (!budgets_.spend(*c.policy, slot, now)) {
    give_up(slot, now);
    return;
  }
  ++total_restarts_;
  if (counts_above_)
    act(action::count_above{});
  auto delay = next_delay(c, now);
  set_state(c, child_state::restarting, now);
  report(supervision_report::kind::restarting, slot, {}, now, {}, delay);
  if (policy_.how != strategy::one_for_one) {
    begin_round(slot, retry, delay, now);
    return;
  }
  // A retry goes through the mailbox, so that a supervisor whose child fails
  // again and again still answers (OTP-9549).
  if (retry || delay > duration::zero())
    arm(slot, delay);
  else
    launch(slot, true, now);
  advance(now);
}

duration supervisor_core::next_delay(child& c, time_point) {
  return restart_delay(c.policy->delay, ++c.attempts, random_);
}

void supervisor_core::begin_round(slot_id trigger,
                                  bool pause,
                                  duration delay,
                                  time_point now) {
  auto from = policy_.how == strategy::one_for_all ? first_ : trigger;
  auto pending = pending_from();
  if (pending != no_slot && children_[pending].order < children_[from].order)
    from = pending;
  if (round_ && round_->now == phase::waiting)
    delay = std::max(delay, round_->due - now);
  round_ = round{from, last_, trigger, phase::stopping, pause, delay};
  advance(now);
}

/// The first child that the present round has still to start.
slot_id supervisor_core::pending_from() const {
  if (!round_)
    return no_slot;
  return round_->now == phase::starting ? round_->cursor : round_->from;
}

/// A child that waits for its next start will not get it. Its siblings stay as
/// they are, unless another one waits too.
void supervisor_core::call_off(slot_id slot, time_point now) {
  set_state(children_[slot], child_state::stopped, now);
  if (!round_)
    return;
  auto other = first_;
  while (other != no_slot && children_[other].state != child_state::restarting)
    other = children_[other].next;
  if (other == no_slot) {
    round_.reset();
    return;
  }
  round_->trigger = other;
  if (policy_.how == strategy::rest_for_one)
    round_->from = other;
}

/// Does what can be done next, after any change.
void supervisor_core::advance(time_point now) {
  if (mode_ == mode::stopping)
    advance_stop(now);
  else if (round_)
    advance_round(now);
  if (!busy())
    drain_requests(now);
}

void supervisor_core::advance_round(time_point now) {
  if (round_->now == phase::stopping) {
    if (!stop_from_cursor(now))
      return;
    round_->now = phase::waiting;
    if (round_->pause || round_->delay > duration::zero()) {
      round_->timer = next_timer();
      round_->due = now + round_->delay;
      act(action::set_timer{(uint64_t{no_slot} << 32) | round_->timer,
                            round_->delay});
      return;
    }
    round_->now = phase::starting;
    round_->cursor = round_->from;
  }
  if (round_->now == phase::starting && start_from_cursor(now))
    end_round(now);
}

/// Stops one child after the other, last first; true when none is left.
bool supervisor_core::stop_from_cursor(time_point now) {
  auto& at = round_->cursor;
  auto begin = children_[round_->from].order;
  while (at != no_slot && children_[at].order >= begin) {
    auto& c = children_[at];
    if (c.state == child_state::running || c.state == child_state::starting)
      halt(at, now);
    if (has_incarnation(c.state))
      return false;
    at = c.prev;
  }
  return true;
}

/// Starts one child after the other; true when all run.
bool supervisor_core::start_from_cursor(time_point now) {
  auto& at = round_->cursor;
  while (at != no_slot) {
    auto& c = children_[at];
    auto own_timer = c.state == child_state::restarting && c.timer != 0
                     && policy_.how == strategy::one_for_one;
    if (!has_incarnation(c.state) && !own_timer)
      launch(at, round_->trigger != no_slot, now);
    if (c.state != child_state::running && !own_timer)
      return false;
    at = c.next;
  }
  return true;
}

void supervisor_core::end_round(time_point now) {
  round_.reset();
  if (mode_ != mode::booting)
    return;
  mode_ = mode::running;
  act(action::booted{});
  if (ends_after_boot_)
    begin_stop(std::move(*ends_after_boot_), now);
}

} // namespace actors
