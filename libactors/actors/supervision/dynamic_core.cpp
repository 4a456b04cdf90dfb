#include <actors/supervision/backoff.hpp>
#include <actors/supervision/dynamic_core.hpp>

#include <charconv>

namespace actors {

// -- construction and children ------------------------------------------------

dynamic_core::dynamic_core(supervisor_policy policy,
                           size_t max_children,
                           policy_ptr pattern)
  : policy_{std::move(policy)},
    max_children_{max_children},
    template_{std::move(pattern)},
    budgets_{policy_},
    random_{policy_.seed} {}

slot_id dynamic_core::take_place() {
  slot_id slot = no_slot;
  if (free_.empty()) {
    slot = static_cast<slot_id>(children_.size());
    children_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  auto& c = children_[slot];
  if (c.named)
    names_.erase(slot);
  auto turn = c.turn + 1;
  c = child{};
  c.in_use = true;
  c.turn = turn;
  ++size_;
  return slot;
}

void dynamic_core::remove(slot_id slot) {
  auto& c = children_[slot];
  if (c.named)
    by_name_.erase(names_[slot]);
  budgets_.forget(slot);
  c.in_use = false;
  c.serial = 0;
  --size_;
  act(action::forget{slot});
  free_.push_back(slot);
}

void dynamic_core::set_state(child& c, child_state state, time_point now) {
  live_ += has_incarnation(state);
  live_ -= has_incarnation(c.state);
  c.state = state;
  c.since = now;
  c.timer = 0;
}

dynamic_core::child* dynamic_core::live(slot_id slot, uint64_t serial) {
  if (slot >= children_.size())
    return nullptr;
  auto& c = children_[slot];
  auto current = c.in_use && c.serial == serial && has_incarnation(c.state);
  return current ? &c : nullptr;
}

// -- inputs -------------------------------------------------------------------

void dynamic_core::boot(time_point) {
  mode_ = mode::running;
  act(action::booted{});
}

void dynamic_core::started(slot_id slot, uint64_t serial, time_point now) {
  auto* c = live(slot, serial);
  if (!c || c->state != child_state::starting)
    return;
  auto took = now - c->since;
  set_state(*c, child_state::running, now);
  c->starting = false;
  c->fresh = false;
  watch(slot);
  report(supervision_report::kind::child_started, slot, {}, now, took);
  answer(slot, true, op_result::ok);
}

void dynamic_core::ignored(slot_id slot, uint64_t serial, time_point now) {
  auto* c = live(slot, serial);
  if (!c)
    return;
  set_state(*c, child_state::stopped, now);
  answer(slot, true, op_result::ignored);
  answer(slot, false, op_result::ok);
  remove(slot);
  end_if_empty(now);
}

/// Of a child that runs it means nothing: it has said otherwise before.
void dynamic_core::start_failed(slot_id slot,
                                uint64_t serial,
                                exit_status why,
                                time_point now) {
  if (auto* c = live(slot, serial); c && c->state != child_state::running)
    down(slot, serial, std::move(why), now);
}

void dynamic_core::down(slot_id slot,
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

void dynamic_core::timeout(uint64_t timer, time_point now) {
  auto slot = static_cast<slot_id>(timer >> 32);
  auto number = static_cast<uint32_t>(timer);
  if (slot == no_slot) {
    if (number == stop_timer_ && mode_ == mode::stopping)
      stop_timeout(now);
  } else if (slot < children_.size() && children_[slot].in_use
             && children_[slot].timer == number) {
    timeout_of(slot, now);
  }
}

void dynamic_core::timeout_of(slot_id slot, time_point now) {
  auto& c = children_[slot];
  switch (c.state) {
  case child_state::restarting:
    return launch(slot, now);
  case child_state::starting:
  case child_state::stopping:
    c.overdue = true;
    return kill(slot, child_state::killing, now);
  case child_state::running:
    return check_life(slot, now);
  case child_state::killing:
  case child_state::hung:
    return lost(slot, now);
  case child_state::stopped:
    return;
  }
}

void dynamic_core::alive(slot_id slot, uint64_t serial) {
  if (auto* c = live(slot, serial))
    c->silent = false;
}

void dynamic_core::hung(slot_id slot,
                        uint64_t serial,
                        exit_status why,
                        time_point now) {
  auto* c = live(slot, serial);
  if (!c || c->state != child_state::running)
    return;
  auto up = now - c->since;
  if (up >= template_->delay.reset_after)
    c->attempts = 0;
  report(supervision_report::kind::child_hung, slot, why, now, up);
  hung_[slot] = std::move(why);
  kill(slot, child_state::hung, now);
}

void dynamic_core::healthy(slot_id slot, uint64_t serial) {
  auto* c = live(slot, serial);
  if (c && c->state == child_state::running)
    c->attempts = 0;
}

void dynamic_core::restarted_below(slot_id slot, time_point now) {
  if (mode_ != mode::running)
    return;
  if (counts_above_)
    act(action::count_above{});
  if (!budgets_.spend_below(now))
    give_up(slot, now);
}

void dynamic_core::shutdown(exit_status why, time_point now) {
  begin_stop(std::move(why), now);
}

// -- one child ----------------------------------------------------------------

void dynamic_core::launch(slot_id slot, time_point now) {
  auto& c = children_[slot];
  set_state(c, child_state::starting, now);
  c.serial = ++serial_;
  c.by_force = false;
  c.overdue = false;
  c.starting = true;
  c.restarts += c.incarnation++ > 0;
  act(action::start{slot, c.serial, c.incarnation});
  if (template_->start_within != infinite)
    arm(slot, template_->start_within);
}

void dynamic_core::halt(slot_id slot, time_point now) {
  auto& c = children_[slot];
  if (template_->grace == duration::zero()) {
    kill(slot, child_state::killing, now);
    return;
  }
  set_state(c, child_state::stopping, now);
  act(action::stop{slot, c.serial});
  if (template_->grace != infinite && mode_ != mode::stopping)
    arm(slot, template_->grace);
}

void dynamic_core::kill(slot_id slot, child_state as, time_point now) {
  auto& c = children_[slot];
  set_state(c, as, now);
  c.by_force = true;
  act(action::kill{slot, c.serial});
  if (mode_ != mode::stopping || stop_timer_ == 0)
    arm(slot, policy_.lost_after);
}

/// From now on it has to give signs of life, if its policy says so.
void dynamic_core::watch(slot_id slot) {
  children_[slot].silent = false;
  if (template_->liveness != infinite)
    arm(slot, template_->liveness);
}

void dynamic_core::check_life(slot_id slot, time_point now) {
  auto& c = children_[slot];
  if (template_->liveness == infinite)
    return watch(slot); // it has changed since: nobody has to answer any more
  if (c.silent) {
    hung(slot, c.serial,
         {exit_status::kind::hung,
          "no sign of life within " + in_seconds(template_->liveness)},
         now);
    return;
  }
  c.silent = true;
  act(action::probe{slot, c.serial});
  arm(slot, template_->liveness);
}

/// A running child went down by itself, or one that hung is gone.
void dynamic_core::ended(slot_id slot, exit_status why, time_point now) {
  using kind = supervision_report::kind;
  auto& c = children_[slot];
  auto up = now - c.since;
  if (c.state == child_state::hung)
    why = std::move(hung_.extract(slot).mapped());
  else if (up >= template_->delay.reset_after)
    c.attempts = 0;
  set_state(c, child_state::stopped, now);
  auto again = wants_restart(template_->when, why) && mode_ == mode::running
               && !c.unwanted;
  auto unknown = why.how == exit_status::kind::lost;
  auto below = why.because == exit_status::cause::gave_up && again;
  report(unknown ? kind::child_lost : kind::child_ended, slot, why, now, up);
  if (below)
    report(kind::escalated, slot, std::move(why), now);
  if (again) {
    restart(slot, false, now);
    return;
  }
  answer(slot, false, op_result::ok); // it hung when its end was asked for
  remove(slot);
  end_if_empty(now);
}

/// A child that we were stopping is gone.
void dynamic_core::halted(slot_id slot, exit_status why, time_point now) {
  auto& c = children_[slot];
  if (c.starting && c.overdue && !c.unwanted && mode_ != mode::stopping) {
    failed(
      slot,
      {exit_status::kind::crashed,
       "start not acknowledged within " + in_seconds(template_->start_within)},
      now);
    return;
  }
  report_stop(slot, std::move(why), now);
  set_state(c, child_state::stopped, now);
  answer(slot, true, op_result::start_failed, "stopped while it was starting");
  answer(slot, false, op_result::ok);
  remove(slot);
  end_if_empty(now);
}

/// A start came to nothing.
void dynamic_core::failed(slot_id slot, exit_status why, time_point now) {
  auto& c = children_[slot];
  auto took = now - c.since;
  set_state(c, child_state::stopped, now);
  report(supervision_report::kind::start_failed, slot, why, now, took);
  if (c.awaited)
    answer(slot, true, op_result::start_failed, to_string(why));
  if (c.fresh)
    remove(slot);
  else
    restart(slot, true, now);
}

/// A killed child does not go away: it is cut off and left to the process.
void dynamic_core::lost(slot_id slot, time_point now) {
  exit_status why{exit_status::kind::lost,
                  "does not react to being killed; left behind"};
  report(supervision_report::kind::child_lost, slot, why, now);
  act(action::cut_off{slot, children_[slot].serial});
  if (children_[slot].state == child_state::hung)
    ended(slot, std::move(why), now);
  else
    halted(slot, std::move(why), now);
}

void dynamic_core::restart(slot_id slot, bool retry, time_point now) {
  auto& c = children_[slot];
  if (!budgets_.spend(*template_, slot, now)) {
    give_up(slot, now);
    return;
  }
  if (counts_above_)
    act(action::count_above{});
  auto delay = restart_delay(template_->delay, ++c.attempts, random_);
  set_state(c, child_state::restarting, now);
  report(supervision_report::kind::restarting, slot, {}, now, {}, delay);
  // A retry goes through the mailbox, so that a supervisor whose child fails
  // again and again still answers (OTP-9549).
  if (retry || delay > duration::zero())
    arm(slot, delay);
  else
    launch(slot, now);
}

void dynamic_core::give_up(slot_id slot, time_point now) {
  exit_status why{exit_status::kind::shutdown,
                  "gave up: more than " + budgets_.spent() + ", last '"
                    + id_of(slot) + "'",
                  exit_status::cause::gave_up};
  report(supervision_report::kind::gave_up, slot, why, now);
  if (!has_incarnation(children_[slot].state))
    remove(slot);
  begin_stop(std::move(why), now);
}

// -- queries ------------------------------------------------------------------

child_view dynamic_core::view(slot_id slot) const {
  const auto& c = children_[slot];
  return {slot,       template_, c.state,    c.incarnation,
          c.restarts, c.since,   id_of(slot)};
}

std::string dynamic_core::id_of(slot_id slot) const {
  const auto& c = children_[slot];
  if (c.named)
    return names_.find(slot)->second;
  auto id = template_->id + '-' + std::to_string(slot + 1);
  return c.turn > 1 ? id + '.' + std::to_string(c.turn) : id;
}

namespace {

/// Reads a number without leading zeros; advances `text` behind it.
bool read_number(std::string_view& text, uint32_t& number) {
  if (text.empty() || text.front() == '0')
    return false;
  auto [end, problem] =
    std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return problem == std::errc{};
}

/// `TEMPLATE-N` or `TEMPLATE-N.K`.
bool read_id(std::string_view id,
             std::string_view name,
             uint32_t& place,
             uint32_t& turn) {
  if (!id.starts_with(name) || id.size() == name.size()
      || id[name.size()] != '-')
    return false;
  id.remove_prefix(name.size() + 1);
  turn = 1;
  if (!read_number(id, place))
    return false;
  if (id.empty())
    return true;
  if (id.front() != '.')
    return false;
  id.remove_prefix(1);
  return read_number(id, turn) && turn > 1 && id.empty();
}

} // namespace

slot_id dynamic_core::find(const std::string& id) const {
  if (auto i = by_name_.find(id); i != by_name_.end())
    return i->second;
  uint32_t place = 0;
  uint32_t turn = 0;
  if (!read_id(id, template_->id, place, turn) || place > children_.size())
    return no_slot;
  const auto& c = children_[place - 1];
  return c.in_use && !c.named && c.turn == turn ? place - 1 : no_slot;
}

std::vector<child_view> dynamic_core::which_children() const {
  std::vector<child_view> result;
  result.reserve(size_);
  for (slot_id s = 0; s < children_.size(); ++s)
    if (children_[s].in_use)
      result.push_back(view(s));
  return result;
}

child_counts dynamic_core::count_children() const {
  child_counts n;
  n.specs = 1;
  n.active = live_;
  (template_->kind == child_kind::supervisor ? n.supervisors : n.workers) =
    size_;
  return n;
}

// -- actions ------------------------------------------------------------------

void dynamic_core::report(supervision_report::kind what,
                          slot_id slot,
                          exit_status why,
                          time_point now,
                          duration took,
                          duration delay) {
  if (!listening_)
    return;
  act(supervision_report{what, slot, children_[slot].incarnation,
                         std::move(why), took, delay,
                         budgets_.left(*template_, slot, now), 1});
}

void dynamic_core::arm(slot_id slot, duration delay) {
  auto number = next_timer();
  children_[slot].timer = number;
  act(action::set_timer{(uint64_t{slot} << 32) | number, delay});
}

void dynamic_core::arm_all(duration delay) {
  stop_timer_ = next_timer();
  act(action::set_timer{(uint64_t{no_slot} << 32) | stop_timer_, delay});
}

/// Never 0, which is no timer.
uint32_t dynamic_core::next_timer() {
  if (++timer_ == 0)
    ++timer_;
  return timer_;
}

} // namespace actors
