#include <actors/supervision/core.hpp>

namespace actors {

// -- construction and children ------------------------------------------------

supervisor_core::supervisor_core(supervisor_policy policy,
                                 std::vector<policy_ptr> children)
  : decider{policy} {
  places_.reserve(children.size());
  by_id_.reserve(children.size());
  for (auto& x : children)
    add(std::move(x));
}

const supervisor_core::policy_ptr&
supervisor_core::policy_of(slot_id slot) const {
  return places_[slot].policy;
}

slot_id supervisor_core::add(policy_ptr policy) {
  auto slot = take_place();
  if (slot == places_.size())
    places_.emplace_back();
  at(slot).significant = policy->significant;
  by_id_.emplace(policy->id, slot);
  places_[slot] = {std::move(policy), last_, no_slot, ++order_};
  (last_ == no_slot ? first_ : places_[last_].next) = slot;
  last_ = slot;
  return slot;
}

void supervisor_core::remove(slot_id slot) {
  auto& x = places_[slot];
  (x.prev == no_slot ? first_ : places_[x.prev].next) = x.next;
  (x.next == no_slot ? last_ : places_[x.next].prev) = x.prev;
  if (stop_cursor_ == slot)
    stop_cursor_ = x.prev;
  if (round_) {
    if (round_->cursor == slot)
      round_->cursor = round_->now == phase::stopping ? x.prev : x.next;
    if (round_->from == slot)
      round_->from = x.next;
  }
  by_id_.erase(x.policy->id);
  x.policy.reset();
  leave_place(slot);
}

bool supervisor_core::forgets(slot_id slot) const {
  return at(slot).fresh || places_[slot].policy->when == restart::temporary;
}

void supervisor_core::boot(time_point now) {
  mode_ = mode::booting;
  round_ = round{first_, first_, no_slot, phase::starting, false, {}};
  advance(now);
}

// -- one child ----------------------------------------------------------------

void supervisor_core::declined(slot_id slot) {
  if (forgets(slot))
    remove(slot);
  else if (round_ && round_->now == phase::starting && round_->cursor == slot)
    round_->cursor = places_[slot].next;
}

void supervisor_core::after_end(slot_id slot, exit_status why, time_point now) {
  auto when = places_[slot].policy->when;
  auto bystander = round_ && round_->now == phase::stopping
                   && places_[slot].order >= places_[round_->from].order;
  std::optional<exit_status> end;
  if (mode_ != mode::stopping && !bystander) {
    if (why.because == exit_status::cause::gave_up)
      report(supervision_report::kind::escalated, slot, why, now);
    if (wants_restart(when, why)) {
      restart(slot, false, now);
      return;
    }
    end = end_with(slot, now);
  }
  if (when == actors::restart::temporary)
    remove(slot);
  if (end && mode_ == mode::booting)
    ends_after_boot_ = std::move(end);
  else if (end)
    begin_stop(std::move(*end), now);
  advance(now);
}

// -- queries ------------------------------------------------------------------

slot_id supervisor_core::find(const std::string& id) const {
  auto i = by_id_.find(id);
  return i == by_id_.end() ? no_slot : i->second;
}

std::string supervisor_core::id_of(slot_id slot) const {
  return places_[slot].policy->id;
}

std::vector<child_view> supervisor_core::which_children() const {
  std::vector<child_view> result;
  result.reserve(size());
  for (auto s = first_; s != no_slot; s = places_[s].next)
    result.push_back(view(s));
  return result;
}

child_counts supervisor_core::count_children() const {
  child_counts n;
  for (auto s = first_; s != no_slot; s = places_[s].next) {
    ++n.specs;
    ++(places_[s].policy->kind == child_kind::supervisor ? n.supervisors
                                                         : n.workers);
  }
  n.active = active();
  return n;
}

} // namespace actors
