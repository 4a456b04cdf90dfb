#include <actors/supervision/backoff.hpp>
#include <actors/supervision/decider.hpp>

namespace actors {

decider::decider(const supervisor_policy& policy)
  : policy_{policy}, budgets_{policy}, random_{policy.seed} {}

// -- children -----------------------------------------------------------------

slot_id decider::take_place() {
  slot_id slot = no_slot;
  if (free_.empty()) {
    slot = end_slot();
    children_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  auto& c = children_[slot];
  auto turn = c.turn + 1;
  c = child{};
  c.in_use = true;
  c.turn = turn;
  ++size_;
  return slot;
}

void decider::leave_place(slot_id slot) {
  budgets_.forget(slot);
  auto& c = children_[slot];
  c.in_use = false;
  c.serial = 0;
  --size_;
  act(action::forget{slot});
  free_.push_back(slot);
}

void decider::set_state(child& c, child_state state, time_point now) {
  live_ += has_incarnation(state);
  live_ -= has_incarnation(c.state);
  if (c.significant) {
    significant_ += state != child_state::stopped;
    significant_ -= c.state != child_state::stopped;
  }
  c.state = state;
  c.since = now;
  c.timer = 0;
}

decider::child* decider::live(slot_id slot, uint64_t serial) {
  if (slot >= children_.size())
    return nullptr;
  auto& c = children_[slot];
  auto current = c.in_use && c.serial == serial && has_incarnation(c.state);
  return current ? &c : nullptr;
}

child_view decider::view(slot_id slot) const {
  const auto& c = children_[slot];
  return {slot,       policy_of(slot), c.state, c.incarnation,
          c.restarts, c.since,         {}};
}

// -- inputs -------------------------------------------------------------------

void decider::started(slot_id slot, uint64_t serial, time_point now) {
  auto* c = live(slot, serial);
  if (!c || c->state != child_state::starting)
    return;
  auto took = now - c->since;
  set_state(*c, child_state::running, now);
  c->fresh = false;
  watch(slot);
  report(supervision_report::kind::child_started, slot, {}, now, took);
  answer(slot, true, op_result::ok);
  advance(now);
}

void decider::ignored(slot_id slot, uint64_t serial, time_point now) {
  auto* c = live(slot, serial);
  if (!c)
    return;
  set_state(*c, child_state::stopped, now);
  c->fresh = false;
  answer(slot, true, op_result::ignored);
  answer(slot, false, op_result::ok);
  declined(slot);
  advance(now);
}

void decider::start_failed(slot_id slot,
                           uint64_t serial,
                           exit_status why,
                           time_point now) {
  if (auto* c = live(slot, serial); c && c->state != child_state::running)
    down(slot, serial, std::move(why), now);
}

void decider::down(slot_id slot,
                   uint64_t serial,
                   exit_status why,
                   time_point now) {
  auto* c = live(slot, serial);
  if (!c)
    return;
  if (why.how == exit_status::kind::lost) // perhaps it still runs somewhere
    act(action::cut_off{slot, serial});
  if (c->state == child_state::starting)
    failed(slot, std::move(why), now);
  else if (c->state == child_state::running || c->state == child_state::hung)
    ended(slot, std::move(why), now);
  else
    halted(slot, std::move(why), now);
}

void decider::timeout(uint64_t timer, time_point now) {
  auto slot = static_cast<slot_id>(timer >> 32);
  auto number = static_cast<uint32_t>(timer);
  if (slot == no_slot)
    common_timeout(number, now);
  else if (in_use(slot) && children_[slot].timer == number)
    timeout_of(slot, now);
}

void decider::timeout_of(slot_id slot, time_point now) {
  auto& c = children_[slot];
  switch (c.state) {
  case child_state::restarting:
    return launch(slot, true, now);
  case child_state::starting:
    c.doomed = true;
    return kill(slot, child_state::killing, now);
  case child_state::running:
    return check_life(slot, now);
  case child_state::stopping:
    c.overdue = true;
    return kill(slot, child_state::killing, now);
  case child_state::killing:
  case child_state::hung:
    return lost(slot, now);
  case child_state::stopped:
    return;
  }
}

void decider::alive(slot_id slot, uint64_t serial) {
  if (auto* c = live(slot, serial))
    c->silent = false;
}

void decider::hung(slot_id slot,
                   uint64_t serial,
                   exit_status why,
                   time_point now) {
  auto* c = live(slot, serial);
  if (!c || c->state != child_state::running)
    return;
  auto up = now - c->since;
  if (up >= policy_of(slot)->delay.reset_after)
    c->attempts = 0;
  report(supervision_report::kind::child_hung, slot, why, now, up);
  hung_[slot] = std::move(why);
  kill(slot, child_state::hung, now);
}

void decider::healthy(slot_id slot, uint64_t serial) {
  auto* c = live(slot, serial);
  if (c && c->state == child_state::running)
    c->attempts = 0;
}

void decider::restarted_below(slot_id slot, time_point now) {
  if (is_over())
    return;
  if (counts_above_)
    act(action::count_above{});
  if (!budgets_.spend_below(now))
    give_up(slot, now);
}

void decider::shutdown(exit_status why, time_point now) {
  begin_stop(std::move(why), now);
}

// -- one child ----------------------------------------------------------------

void decider::launch(slot_id slot, bool again, time_point now) {
  auto& c = children_[slot];
  set_state(c, child_state::starting, now);
  c.serial = ++serial_;
  c.doomed = false;
  c.by_force = false;
  c.overdue = false;
  ++c.incarnation;
  c.restarts += again && c.incarnation > 1;
  act(action::start{slot, c.serial, c.incarnation});
  if (auto within = policy_of(slot)->start_within; within != infinite)
    arm(slot, within);
}

void decider::halt(slot_id slot, time_point now) {
  auto& c = children_[slot];
  auto grace = policy_of(slot)->grace;
  if (grace == duration::zero()) {
    kill(slot, child_state::killing, now);
    return;
  }
  set_state(c, child_state::stopping, now);
  act(action::stop{slot, c.serial});
  if (grace != infinite && !one_stop_timer_)
    arm(slot, grace);
}

void decider::kill(slot_id slot, child_state as, time_point now) {
  auto& c = children_[slot];
  set_state(c, as, now);
  c.by_force = true;
  act(action::kill{slot, c.serial});
  if (!one_stop_timer_)
    arm(slot, policy_.lost_after);
}

/// From now on it has to give signs of life, if its policy says so.
void decider::watch(slot_id slot) {
  children_[slot].silent = false;
  if (auto deadline = policy_of(slot)->liveness; deadline != infinite)
    arm(slot, deadline);
}

void decider::check_life(slot_id slot, time_point now) {
  auto& c = children_[slot];
  auto deadline = policy_of(slot)->liveness;
  if (deadline == infinite)
    return watch(slot); // it has changed since: nobody has to answer any more
  if (c.silent) {
    hung(slot, c.serial,
         {exit_status::kind::hung,
          "no sign of life within " + in_seconds(deadline)},
         now);
    return;
  }
  c.silent = true;
  act(action::probe{slot, c.serial});
  arm(slot, deadline);
}

/// A running child went down by itself, or one that hung is gone.
void decider::ended(slot_id slot, exit_status why, time_point now) {
  using kind = supervision_report::kind;
  auto& c = children_[slot];
  auto up = now - c.since;
  if (c.state == child_state::hung)
    why = std::move(hung_.extract(slot).mapped());
  else if (up >= policy_of(slot)->delay.reset_after)
    c.attempts = 0;
  set_state(c, child_state::stopped, now);
  auto unknown = why.how == exit_status::kind::lost;
  report(unknown ? kind::child_lost : kind::child_ended, slot, why, now, up);
  after_end(slot, std::move(why), now);
}

/// A child that we were stopping is gone.
void decider::halted(slot_id slot, exit_status why, time_point now) {
  auto& c = children_[slot];
  if (c.doomed && mode_ != mode::stopping) {
    failed(slot,
           {exit_status::kind::crashed,
            "start not acknowledged within "
              + in_seconds(policy_of(slot)->start_within)},
           now);
    return;
  }
  report_stop(slot, std::move(why), now);
  set_state(c, child_state::stopped, now);
  answer(slot, true, op_result::start_failed, "stopped while it was starting");
  answer(slot, false, op_result::ok);
  if (forgets(slot))
    remove(slot);
  advance(now);
}

/// A start came to nothing.
void decider::failed(slot_id slot, exit_status why, time_point now) {
  auto& c = children_[slot];
  auto took = now - c.since;
  set_state(c, child_state::stopped, now);
  report(supervision_report::kind::start_failed, slot, why, now, took);
  auto asked_for = has_start_waiter(slot);
  if (asked_for)
    answer(slot, true, op_result::start_failed, to_string(why));
  answer(slot, false, op_result::ok);
  auto temporary = policy_of(slot)->when == actors::restart::temporary;
  if (mode_ == mode::booting && c.incarnation == 1) {
    begin_stop(
      {exit_status::kind::shutdown,
       "failed to start child '" + id_of(slot) + "': " + to_string(why),
       exit_status::cause::start_failed},
      now);
  } else if (mode_ == mode::stopping || asked_for || c.fresh || temporary) {
    if (forgets(slot))
      remove(slot);
    advance(now);
  } else {
    restart(slot, true, now);
  }
}

/// A killed child does not go away: it is cut off and left to the process.
void decider::lost(slot_id slot, time_point now) {
  auto& c = children_[slot];
  exit_status why{exit_status::kind::lost,
                  "does not react to being killed; left behind"};
  report(supervision_report::kind::child_lost, slot, why, now);
  act(action::cut_off{slot, c.serial});
  if (c.state == child_state::hung)
    ended(slot, std::move(why), now);
  else
    halted(slot, std::move(why), now);
}

void decider::restart(slot_id slot, bool retry, time_point now) {
  auto& c = children_[slot];
  const auto& policy = *policy_of(slot);
  if (!budgets_.spend(policy, slot, now)) {
    give_up(slot, now);
    return;
  }
  ++total_restarts_;
  if (counts_above_)
    act(action::count_above{});
  auto delay = restart_delay(policy.delay, ++c.attempts, random_);
  set_state(c, child_state::restarting, now);
  report(supervision_report::kind::restarting, slot, {}, now, {}, delay);
  start_again(slot, retry, delay, now);
}

/// A retry goes through the mailbox, so that a supervisor whose child fails
/// again and again still answers (OTP-9549).
void decider::start_again(slot_id slot,
                          bool retry,
                          duration delay,
                          time_point now) {
  if (retry || delay > duration::zero())
    arm(slot, delay);
  else
    launch(slot, true, now);
}

/// Ends an incarnation because somebody asked for it, who is told.
void decider::end_for(slot_id slot, request_token from, time_point now) {
  auto& c = children_[slot];
  wait(slot, from, false);
  c.doomed = false; // gone is what was asked for: no next attempt
  if (c.state == child_state::hung) {
    c.state = child_state::killing; // its timer goes on
    hung_.erase(slot);
  }
  if (c.state == child_state::running || c.state == child_state::starting)
    halt(slot, now);
}

// -- all of them --------------------------------------------------------------

void decider::give_up(slot_id slot, time_point now) {
  auto known = in_use(slot);
  exit_status why{exit_status::kind::shutdown,
                  "gave up: more than " + budgets_.spent(),
                  exit_status::cause::gave_up};
  if (known)
    why.text += ", last '" + id_of(slot) + "'";
  report(supervision_report::kind::gave_up, known ? slot : no_slot, why, now);
  begin_stop(std::move(why), now);
}

} // namespace actors
