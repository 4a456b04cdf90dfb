#include <actors/supervision/core.hpp>

namespace actors {

namespace {

bool wants_restart(restart when, const exit_status& why) {
  return when == restart::permanent
         || (when == restart::transient && is_abnormal(why));
}

} // namespace

// -- construction and children ------------------------------------------------

supervisor_core::supervisor_core(supervisor_policy policy,
                                 std::vector<policy_ptr> children)
  : policy_{policy},
    window_{policy.max_restarts, policy.within},
    random_{policy.seed} {
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
  c.in_use = false;
  c.policy.reset();
  act(action::forget{slot});
  free_.push_back(slot);
}

void supervisor_core::set_state(child& c, child_state state, time_point now) {
  live_ += has_incarnation(state);
  live_ -= has_incarnation(c.state);
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

void supervisor_core::start_failed(slot_id slot,
                                   uint64_t serial,
                                   exit_status why,
                                   time_point now) {
  auto* c = live(slot, serial);
  if (!c)
    return;
  if (c->state == child_state::starting)
    failed(slot, std::move(why), now);
  else
    halted(slot, std::move(why), now);
}

void supervisor_core::down(slot_id slot,
                           uint64_t serial,
                           exit_status why,
                           time_point now) {
  auto* c = live(slot, serial);
  if (!c)
    return;
  if (c->state == child_state::starting)
    failed(slot, std::move(why), now);
  else if (c->state == child_state::running)
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
    return;
  }
  if (slot >= children_.size() || !children_[slot].in_use
      || children_[slot].timer != number)
    return;
  auto& c = children_[slot];
  if (c.state == child_state::restarting) {
    launch(slot, true, now);
  } else if (c.state == child_state::starting) {
    c.doom = fate::failed_start;
    kill(slot, now);
  } else if (c.state == child_state::stopping) {
    kill(slot, now);
  } else if (c.state == child_state::killing) {
    lost(slot, now);
  }
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
  ++c.incarnation;
  c.restarts += again && c.incarnation > 1;
  act(action::start{slot, c.serial, c.incarnation});
  if (c.policy->start_within != infinite)
    arm(slot, c.policy->start_within);
}

void supervisor_core::halt(slot_id slot, time_point now) {
  auto& c = children_[slot];
  if (c.policy->grace == duration::zero()) {
    kill(slot, now);
    return;
  }
  set_state(c, child_state::stopping, now);
  act(action::stop{slot, c.serial});
  if (c.policy->grace != infinite)
    arm(slot, c.policy->grace);
}

void supervisor_core::kill(slot_id slot, time_point now) {
  auto& c = children_[slot];
  set_state(c, child_state::killing, now);
  c.by_force = true;
  act(action::kill{slot, c.serial});
  arm(slot, policy_.lost_after);
}

/// A running child went down by itself.
void supervisor_core::ended(slot_id slot, exit_status why, time_point now) {
  auto& c = children_[slot];
  auto up = now - c.since;
  if (up >= c.policy->delay.reset_after)
    c.attempts = 0;
  set_state(c, child_state::stopped, now);
  report(supervision_report::kind::child_ended, slot, why, now, up);
  auto bystander = round_ && round_->now == phase::stopping
                   && c.order >= children_[round_->from].order;
  if (mode_ != mode::stopping && !bystander
      && wants_restart(c.policy->when, why)) {
    restart(slot, false, now);
    return;
  }
  if (c.policy->when == restart::temporary)
    remove(slot);
  advance(now);
}

/// A child that we were stopping is gone.
void supervisor_core::halted(slot_id slot, exit_status why, time_point now) {
  using kind = exit_status::kind;
  auto& c = children_[slot];
  if (c.doom == fate::failed_start && mode_ != mode::stopping) {
    failed(slot,
           {kind::crashed, "start not acknowledged within "
                             + in_seconds(c.policy->start_within)},
           now);
    return;
  }
  auto took = now - c.since;
  auto killed = c.by_force && why.how == kind::killed;
  auto asked =
    why.how == kind::shutdown
    || (why.how == kind::normal && c.policy->when != restart::permanent);
  set_state(c, child_state::stopped, now);
  if (why.how != kind::lost)
    report(killed || asked ? supervision_report::kind::child_stopped
                           : supervision_report::kind::stop_failed,
           slot, why, now, took);
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
  if (mode_ == mode::booting && c.incarnation == 1) {
    begin_stop(
      {exit_status::kind::shutdown,
       "failed to start child '" + c.policy->id + "': " + to_string(why)},
      now);
  } else if (mode_ == mode::stopping || asked_for || c.fresh) {
    if (c.fresh || c.policy->when == restart::temporary)
      remove(slot);
    advance(now);
  } else {
    restart(slot, true, now);
  }
}

/// A killed child does not go away: it is cut off and left to the process.
void supervisor_core::lost(slot_id slot, time_point now) {
  exit_status why{exit_status::kind::lost,
                  "does not react to being killed; left behind"};
  report(supervision_report::kind::child_lost, slot, why, now);
  act(action::cut_off{slot, children_[slot].serial});
  halted(slot, std::move(why), now);
}

// -- queries ------------------------------------------------------------------

slot_id supervisor_core::find(const std::string& id) const {
  auto i = by_id_.find(id);
  return i == by_id_.end() ? no_slot : i->second;
}

child_view supervisor_core::view(slot_id slot) const {
  const auto& c = children_[slot];
  return {slot, c.policy, c.state, c.incarnation, c.restarts, c.since};
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
  act(supervision_report{what, slot, children_[slot].incarnation,
                         std::move(why), took, delay, window_.left(now)});
}

void supervisor_core::arm(slot_id slot, duration delay) {
  auto number = ++timer_;
  children_[slot].timer = number;
  act(action::set_timer{(uint64_t{slot} << 32) | number, delay});
}

std::string to_string(child_state x) {
  switch (x) {
  case child_state::stopped:
    return "stopped";
  case child_state::starting:
    return "starting";
  case child_state::running:
    return "running";
  case child_state::restarting:
    return "restarting";
  case child_state::stopping:
    return "stopping";
  case child_state::killing:
    return "killing";
  }
  return "unknown";
}

std::string to_string(op_result x) {
  switch (x) {
  case op_result::ok:
    return "ok";
  case op_result::ignored:
    return "ignored";
  case op_result::already_started:
    return "already_started";
  case op_result::already_present:
    return "already_present";
  case op_result::not_found:
    return "not_found";
  case op_result::running:
    return "running";
  case op_result::restarting:
    return "restarting";
  case op_result::start_failed:
    return "start_failed";
  case op_result::invalid:
    return "invalid";
  case op_result::stopping:
    return "stopping";
  }
  return "unknown";
}

std::string to_string(supervision_report::kind x) {
  using kind = supervision_report::kind;
  switch (x) {
  case kind::child_started:
    return "child_started";
  case kind::child_ended:
    return "child_ended";
  case kind::child_stopped:
    return "child_stopped";
  case kind::start_failed:
    return "start_failed";
  case kind::stop_failed:
    return "stop_failed";
  case kind::child_lost:
    return "child_lost";
  case kind::restarting:
    return "restarting";
  case kind::gave_up:
    return "gave_up";
  }
  return "unknown";
}

} // namespace actors
