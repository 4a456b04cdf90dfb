#include <actors/supervision/dynamic_core.hpp>

#include <charconv>

namespace actors {

dynamic_core::dynamic_core(supervisor_policy policy,
                           size_t max_children,
                           policy_ptr pattern)
  : decider{policy},
    max_children_{max_children},
    template_{std::move(pattern)} {
  stops_at_once_ = true;
  counts_stopped_ = true;
}

void dynamic_core::boot(time_point) {
  mode_ = mode::running;
  act(action::booted{});
}

void dynamic_core::remove(slot_id slot) {
  if (auto i = names_.find(slot); i != names_.end())
    by_name_.erase(i->second);
  leave_place(slot);
}

/// Each child is restarted alone, or forgotten.
void dynamic_core::after_end(slot_id slot, exit_status why, time_point now) {
  if (mode_ == mode::running && wants_restart(template_->when, why)) {
    if (why.because == exit_status::cause::gave_up)
      report(supervision_report::kind::escalated, slot, std::move(why), now);
    restart(slot, false, now);
    return;
  }
  remove(slot);
  advance(now);
}

// -- stopping -----------------------------------------------------------------

void dynamic_core::begin_stop(exit_status why, time_point now) {
  if (is_over())
    return;
  mode_ = mode::stopping;
  exit_status_ = std::move(why);
  one_stop_timer_ = template_->grace != infinite;
  for (slot_id s = 0; s < end_slot(); ++s) {
    if (!in_use(s))
      continue;
    answer(s, true, op_result::stopping);
    auto& c = at(s);
    if (!has_incarnation(c.state)) {
      set_state(c, child_state::stopped, now);
      remove(s);
    } else if (c.state == child_state::running
               || c.state == child_state::starting) {
      halt(s, now);
    }
  }
  killing_ = template_->grace == duration::zero();
  if (active() > 0 && one_stop_timer_)
    stop_timer_ = arm_common(killing_ ? policy_.lost_after : template_->grace);
  advance(now);
}

/// The one timer of the stop: first all stragglers are killed, then those that
/// are still there are lost.
void dynamic_core::common_timeout(uint32_t number, time_point now) {
  if (number != stop_timer_ || mode_ != mode::stopping)
    return;
  auto kill_now = !killing_;
  killing_ = true;
  for (slot_id s = 0; s < end_slot(); ++s) {
    auto& c = at(s);
    if (!c.in_use || !has_incarnation(c.state))
      continue;
    if (!kill_now) {
      lost(s, now);
    } else if (c.state == child_state::stopping) {
      c.overdue = true;
      kill(s, child_state::killing, now);
    }
  }
  if (kill_now && active() > 0)
    stop_timer_ = arm_common(policy_.lost_after);
}

/// Ends when all are gone.
void dynamic_core::advance(time_point now) {
  if (mode_ == mode::stopping && active() == 0)
    finish(now);
}

// -- queries ------------------------------------------------------------------

child_view dynamic_core::view(slot_id slot) const {
  auto x = decider::view(slot);
  x.id = id_of(slot);
  return x;
}

std::string dynamic_core::id_of(slot_id slot) const {
  if (auto i = names_.find(slot); i != names_.end())
    return i->second;
  auto turn = at(slot).turn;
  auto id = template_->id + '-' + std::to_string(slot + 1);
  return turn > 1 ? id + '.' + std::to_string(turn) : id;
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
  if (!read_id(id, template_->id, place, turn) || place > end_slot())
    return no_slot;
  auto slot = place - 1;
  return in_use(slot) && !names_.contains(slot) && at(slot).turn == turn
           ? slot
           : no_slot;
}

std::vector<child_view> dynamic_core::which_children() const {
  std::vector<child_view> result;
  result.reserve(size());
  for (slot_id s = 0; s < end_slot(); ++s)
    if (in_use(s))
      result.push_back(view(s));
  return result;
}

child_counts dynamic_core::count_children() const {
  child_counts n;
  n.specs = 1;
  n.active = active();
  (template_->kind == child_kind::supervisor ? n.supervisors : n.workers) =
    size();
  return n;
}

} // namespace actors
