#include <actors/supervision/core.hpp>

namespace actors {

// -- construction and children ------------------------------------------------

supervisor_core::supervisor_core(supervisor_policy policy,
                                 std::vector<policy_ptr> children)
  : policy_{policy}, budgets_{policy}, random_{policy.seed} {
  children_.reserve(children.size());
  by_id_.reserve(children.size());
  for (auto& x : children)
    add(std::move(x));
}

slot_id supervisor_core::add(policy_ptr policy) {
  slot_id slot = no_slot;
  if (free_.empty()) {
    slot = static_cast<slot_id>(children_.size());
    children_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  auto& c = children_[slot];
  c = child{};
  c.in_use = true;
  c.order = ++order_;
  c.prev = last_;
  (last_ == no_slot ? first_ : children_[last_].next) = slot;
  last_ = slot;
  by_id_.emplace(policy->id, slot);
  c.policy = std::move(policy);
  return slot;
}

void supervisor_core::remove(slot_id slot) {
  auto& c = children_[slot];
  (c.prev == no_slot ? first_ : children_[c.prev].next) = c.next;
  (c.next == no_slot ? last_ : children_[c.next].prev) = c.prev;
  if (stop_cursor_ == slot)
    stop_cursor_ = c.prev;
  if (round_) {
    if (round_->cursor == slot)
      round_->cursor = round_->now == phase::stopping ? c.prev : c.next;
    if (round_->from == slot)
      round_->from = c.next;
  }
  by_id_.erase(c.policy->id);
  budgets_.forget(slot);
  c.in_use = false;
  c.policy.reset();
  act(action::forget{slot});
  free_.push_back(slot);
}

void supervisor_core::set_state(child& c, child_state state, time_point now) {
  live_ += has_incarnation(state);
  live_ -= has_incarnation(c.state);
  if (c.policy->significant) {
    significant_ += state != child_state::stopped;
    significant_ -= c.state != child_state::stopped;
  }
  c.state = state;
  c.since = now;
  c.timer = 0;
}

supervisor_core::child* supervisor_core::live(slot_id slot, uint64_t serial) {
  if (slot >= children_.size())
    return nullptr;
  auto& c = children_[slot];
  auto current = c.in_use && c.serial == serial && has_incarnation(c.state);
  return current ? &c : nullptr;
}

// -- inputs -------------------------------------------------------------------

void supervisor_core::boot(time_point now) {
  mode_ = mode::booting;
  round_ = round{first_, first_, no_slot, phase::starting, false, {}};
  advance(now);
}

void supervisor_core::started(slot_id slot, uint64_t serial, time_point now) {
  auto* c = live(slot, serial);
  if (!c || c->state != child_state::starting)
    return;
  auto took = now - c->since;
  set_state(*c, child_state::running, now);
  c->fresh = false;
  watch(slot);
  report(supervision_report::kind::child_started, slot, {}, now, took);
  answer_start(slot, op_result::ok);
  advance(now);
}

void supervisor_core::ignored(slot_id slot, uint64_t serial, time_point now) {
  auto* c = live(slot, serial);
  if (!c)
    return;
  set_state(*c, child_state::stopped, now);
  c->fresh = false;
  answer_start(slot, op_result::ignored);
  answer_stop(slot);
  if (c->policy->when == restart::temporary)
    remove(slot);
  else if (round_ && round_->now == phase::starting && round_->cursor == slot)
    round_->cursor = c->next;
  advance(now);
}

/// Of a child that runs it means nothing: it has said otherwise before.
void supervisor_core::start_failed(slot_id slot,
                                   uint64_t serial,
                                   exit_status why,
                                   time_point now) {
  if (auto* c = live(slot, serial); c && c->state != child_state::running)
    down(slot, serial, std::move(why), now);
}

void supervisor_core::down(slot_id slot,
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

void supervisor_core::timeout(uint64_t timer, time_point now) {
  auto slot = static_cast<slot_id>(timer >> 32);
  auto number = static_cast<uint32_t>(timer);
  if (slot == no_slot) {
    if (!round_ || round_->timer != number)
      return;
    round_->now = phase::starting;
    round_->cursor = round_->from;
    round_->timer = 0;
    advance(now);
  } else if (slot < children_.size() && children_[slot].in_use
             && children_[slot].timer == number) {
    timeout_of(slot, now);
  }
}

void supervisor_core::timeout_of(slot_id slot, time_point now) {
  auto& c = children_[slot];
  switch (c.state) {
  case child_state::restarting:
    return launch(slot, true, now);
  case child_state::starting:
    c.doom = fate::failed_start;
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

void supervisor_core::alive(slot_id slot, uint64_t serial) {
  if (auto* c = live(slot, serial))
    c->silent = false;
}

void supervisor_core::hung(slot_id slot,
                           uint64_t serial,
                           exit_status why,
                           time_point now) {
  auto* c = live(slot, serial);
  if (!c || c->state != child_state::running)
    return;
  auto up = now - c->since;
  if (up >= c->policy->delay.reset_after)
    c->attempts = 0;
  report(supervision_report::kind::child_hung, slot, why, now, up);
  hung_[slot] = std::move(why);
  kill(slot, child_state::hung, now);
}

void supervisor_core::healthy(slot_id slot, uint64_t serial) {
  auto* c = live(slot, serial);
  if (c && c->state == child_state::running)
    c->attempts = 0;
}

void supervisor_core::restarted_below(slot_id slot, time_point now) {
  if (mode_ == mode::stopping || mode_ == mode::ended)
    return;
  if (counts_above_)
    act(action::count_above{});
  if (!budgets_.spend_below(now))
    give_up(slot, now);
}

void supervisor_core::shutdown(exit_status why, time_point now) {
  if (mode_ != mode::ended)
    begin_stop(std::move(why), now);
}

// -- one child ----------------------------------------------------------------

void supervisor_core::launch(slot_id slot, bool again, time_point now) {
  auto& c = children_[slot];
  set_state(c, child_state::starting, now);
  c.serial = ++serial_;
  c.doom = fate::none;
  c.by_force = false;
  c.overdue = false;
  ++c.incarnation;
  c.restarts += again && c.incarnation > 1;
  act(action::start{slot, c.serial, c.incarnation});
  if (c.policy->start_within != infinite)
    arm(slot, c.policy->start_within);
}

void supervisor_core::halt(slot_id slot, time_point now) {
  auto& c = children_[slot];
  if (c.policy->grace == duration::zero()) {
    kill(slot, child_state::killing, now);
    return;
  }
  set_state(c, child_state::stopping, now);
  act(action::stop{slot, c.serial});
  if (c.policy->grace != infinite)
    arm(slot, c.policy->grace);
}

void supervisor_core::kill(slot_id slot, child_state as, time_point now) {
  auto& c = children_[slot];
  set_state(c, as, now);
  c.by_force = true;
  act(action::kill{slot, c.serial});
  arm(slot, policy_.lost_after);
}

/// From now on it has to give signs of life, if its policy says so.
void supervisor_core::watch(slot_id slot) {
  auto& c = children_[slot];
  c.silent = false;
  if (c.policy->liveness != infinite)
    arm(slot, c.policy->liveness);
}

void supervisor_core::check_life(slot_id slot, time_point now) {
  auto& c = children_[slot];
  if (c.silent) {
    hung(slot, c.serial,
         {exit_status::kind::hung,
          "no sign of life within " + in_seconds(c.policy->liveness)},
         now);
    return;
  }
  c.silent = true;
  act(action::probe{slot, c.serial});
  arm(slot, c.policy->liveness);
}

/// A running child went down by itself, or one that hung is gone.
void supervisor_core::ended(slot_id slot, exit_status why, time_point now) {
  using kind = supervision_report::kind;
  auto& c = children_[slot];
  auto up = now - c.since;
  if (c.state == child_state::hung)
    why = std::move(hung_.extract(slot).mapped());
  else if (up >= c.policy->delay.reset_after)
    c.attempts = 0;
  set_state(c, child_state::stopped, now);
  auto unknown = why.how == exit_status::kind::lost;
  report(unknown ? kind::child_lost : kind::child_ended, slot, why, now, up);
  auto bystander = round_ && round_->now == phase::stopping
                   && c.order >= children_[round_->from].order;
  std::optional<exit_status> end;
  if (mode_ != mode::stopping && !bystander) {
    if (why.because == exit_status::cause::gave_up)
      report(kind::escalated, slot, why, now);
    if (wants_restart(c.policy->when, why)) {
      restart(slot, false, now);
      return;
    }
    end = end_with(slot, now);
  }
  if (c.policy->when == restart::temporary)
    remove(slot);
  if (end && mode_ == mode::booting)
    ends_after_boot_ = std::move(end);
  else if (end)
    begin_stop(std::move(*end), now);
  advance(now);
}

/// A child that we were stopping is gone.
void supervisor_core::halted(slot_id slot, exit_status why, time_point now) {
  auto& c = children_[slot];
  if (c.doom == fate::failed_start && mode_ != mode::stopping) {
    failed(slot,
           {exit_status::kind::crashed, "start not acknowledged within "
                                          + in_seconds(c.policy->start_within)},
           now);
    return;
  }
  report_stop(slot, std::move(why), now);
  set_state(c, child_state::stopped, now);
  answer_start(slot, op_result::start_failed, "stopped while it was starting");
  answer_stop(slot);
  if (c.policy->when == restart::temporary || c.fresh)
    remove(slot);
  advance(now);
}

/// A start came to nothing.
void supervisor_core::failed(slot_id slot, exit_status why, time_point now) {
  auto& c = children_[slot];
  auto took = now - c.since;
  set_state(c, child_state::stopped, now);
  report(supervision_report::kind::start_failed, slot, why, now, took);
  auto asked_for = has_start_waiter(slot);
  answer_start(slot, op_result::start_failed, to_string(why));
  answer_stop(slot);
  auto temporary = c.policy->when == restart::temporary;
  if (mode_ == mode::booting && c.incarnation == 1) {
    begin_stop(
      {exit_status::kind::shutdown,
       "failed to start child '" + c.policy->id + "': " + to_string(why),
       exit_status::cause::start_failed},
      now);
  } else if (mode_ == mode::stopping || asked_for || c.fresh || temporary) {
    if (c.fresh || temporary)
      remove(slot);
    advance(now);
  } else {
    restart(slot, true, now);
  }
}

/// A killed child does not go away: it is cut off and left to the process.
void supervisor_core::lost(slot_id slot, time_point now) {
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

// -- queries ------------------------------------------------------------------

slot_id supervisor_core::find(const std::string& id) const {
  auto i = by_id_.find(id);
  return i == by_id_.end() ? no_slot : i->second;
}

child_view supervisor_core::view(slot_id slot) const {
  const auto& c = children_[slot];
  return {slot, c.policy, c.state, c.incarnation, c.restarts, c.since, {}};
}

std::vector<child_view> supervisor_core::which_children() const {
  std::vector<child_view> result;
  result.reserve(by_id_.size());
  for (auto s = first_; s != no_slot; s = children_[s].next)
    result.push_back(view(s));
  return result;
}

child_counts supervisor_core::count_children() const {
  child_counts n;
  for (auto s = first_; s != no_slot; s = children_[s].next) {
    const auto& c = children_[s];
    ++n.specs;
    ++(c.policy->kind == child_kind::supervisor ? n.supervisors : n.workers);
  }
  n.active = live_;
  return n;
}

// -- actions ------------------------------------------------------------------

void supervisor_core::report(supervision_report::kind what,
                             slot_id slot,
                             exit_status why,
                             time_point now,
                             duration took,
                             duration delay) {
  if (!listening_)
    return;
  if (slot == no_slot) {
    act(supervision_report{what, slot, 0, std::move(why), took, delay, 0});
    return;
  }
  const auto& c = children_[slot];
  act(supervision_report{what, slot, c.incarnation, std::move(why), took, delay,
                         budgets_.left(*c.policy, slot, now)});
}

void supervisor_core::arm(slot_id slot, duration delay) {
  auto number = next_timer();
  children_[slot].timer = number;
  act(action::set_timer{(uint64_t{slot} << 32) | number, delay});
}

/// Never 0, which is no timer.
uint32_t supervisor_core::next_timer() {
  if (++timer_ == 0)
    ++timer_;
  return timer_;
}

} // namespace actors
