// How supervisor_core restarts children, alone or with their siblings.

#include <actors/supervision/backoff.hpp>
#include <actors/supervision/core.hpp>

#include <algorithm>

namespace actors {

void supervisor_core::start_again(slot_id slot,
                                  bool retry,
                                  duration delay,
                                  time_point now) {
  if (policy_.how != strategy::one_for_one) {
    begin_round(slot, retry, delay, now);
    return;
  }
  decider::start_again(slot, retry, delay, now);
  advance(now);
}

void supervisor_core::begin_round(slot_id trigger,
                                  bool pause,
                                  duration delay,
                                  time_point now) {
  auto from = policy_.how == strategy::one_for_all ? first_ : trigger;
  auto pending = pending_from();
  if (pending != no_slot && places_[pending].order < places_[from].order)
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
  set_state(at(slot), child_state::stopped, now);
  if (!round_)
    return;
  auto other = first_;
  while (other != no_slot && at(other).state != child_state::restarting)
    other = places_[other].next;
  if (other == no_slot) {
    round_.reset();
    return;
  }
  round_->trigger = other;
  if (policy_.how == strategy::rest_for_one)
    round_->from = other;
}

/// The pause of a round is over.
void supervisor_core::common_timeout(uint32_t number, time_point now) {
  if (!round_ || round_->timer != number)
    return;
  round_->now = phase::starting;
  round_->cursor = round_->from;
  round_->timer = 0;
  advance(now);
}

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
      round_->due = now + round_->delay;
      round_->timer = arm_common(round_->delay);
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
  auto& cursor = round_->cursor;
  auto begin = places_[round_->from].order;
  while (cursor != no_slot && places_[cursor].order >= begin) {
    auto& c = at(cursor);
    if (c.state == child_state::running || c.state == child_state::starting)
      halt(cursor, now);
    if (has_incarnation(c.state))
      return false;
    cursor = places_[cursor].prev;
  }
  return true;
}

/// Starts one child after the other; true when all run.
bool supervisor_core::start_from_cursor(time_point now) {
  auto& cursor = round_->cursor;
  while (cursor != no_slot) {
    auto& c = at(cursor);
    auto own_timer = c.state == child_state::restarting && c.timer != 0
                     && policy_.how == strategy::one_for_one;
    if (!has_incarnation(c.state) && !own_timer)
      launch(cursor, round_->trigger != no_slot, now);
    if (c.state != child_state::running && !own_timer)
      return false;
    cursor = places_[cursor].next;
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
