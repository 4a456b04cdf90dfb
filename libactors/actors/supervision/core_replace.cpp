// How supervisor_core takes another policy and other children while it runs,
// by the rules of OTP's supervisor:code_change.

#include <actors/supervision/core.hpp>

namespace actors {

void supervisor_core::replace(supervisor_policy policy,
                              std::vector<policy_ptr> children,
                              request_token from,
                              time_point now) {
  auto next = std::make_shared<replacement>(
    replacement{policy, std::move(children), nullptr, nullptr});
  handle({request::kind::replace, from, {}, nullptr, std::move(next)}, now);
}

void supervisor_core::replace_child(const std::string& id,
                                    policy_change change,
                                    request_token from,
                                    time_point now) {
  auto next = std::make_shared<replacement>();
  next->change = std::move(change);
  handle({request::kind::replace_one, from, id, nullptr, std::move(next)}, now);
}

void supervisor_core::replace_policy(settings_change change,
                                     request_token from,
                                     time_point now) {
  auto next = std::make_shared<replacement>();
  next->settings = std::move(change);
  handle({request::kind::replace_policy, from, {}, nullptr, std::move(next)},
         now);
}

void supervisor_core::execute_replace(request& req, time_point now) {
  auto& next = *req.next;
  if (auto problem = problem_with(next.policy, next.children);
      !problem.empty()) {
    reply(req.from, op_result::invalid, no_slot, problem);
    return;
  }
  auto before = listed();
  auto newest = order_;
  set_policy(next.policy, now);
  std::vector<slot_id> list;
  for (auto& x : next.children) {
    auto slot = find(x->id);
    if (slot == no_slot)
      slot = add(x);
    list.push_back(slot);
    adopt(slot, std::move(x), now);
  }
  std::vector<bool> named(end_slot());
  for (auto slot : list)
    named[slot] = true;
  for (auto slot : before)
    if (!named[slot])
      list.push_back(slot);
  put_in_order(list, newest);
  reply(req.from, op_result::ok);
}

void supervisor_core::execute_replace_one(request& req, time_point now) {
  auto slot = find(req.id);
  if (slot == no_slot) {
    reply(req.from, op_result::not_found);
    return;
  }
  auto policy = req.next->change(places_[slot].policy);
  auto problem = problem_with(policy_, *policy);
  if (policy->id != req.id)
    problem = "child '" + req.id + "': an id cannot be changed";
  if (!problem.empty()) {
    reply(req.from, op_result::invalid, slot, problem);
    return;
  }
  adopt(slot, std::move(policy), now);
  reply(req.from, op_result::ok, slot);
}

void supervisor_core::execute_replace_policy(request& req, time_point now) {
  auto policy = req.next->settings(policy_);
  std::vector<policy_ptr> children;
  for (auto slot : listed())
    children.push_back(places_[slot].policy);
  if (auto problem = problem_with(policy, children); !problem.empty()) {
    reply(req.from, op_result::invalid, no_slot, problem);
    return;
  }
  set_policy(policy, now);
  reply(req.from, op_result::ok);
}

/// What has been restarted already counts in the new windows.
void supervisor_core::set_policy(const supervisor_policy& policy,
                                 time_point now) {
  budgets_.change(policy, now);
  if (policy.seed != policy_.seed)
    random_ = policy.seed;
  policy_ = policy;
}

void supervisor_core::adopt(slot_id slot, policy_ptr policy, time_point now) {
  auto& c = at(slot);
  auto& present = places_[slot].policy;
  if (c.state != child_state::stopped) {
    significant_ -= c.significant;
    significant_ += policy->significant;
  }
  c.significant = policy->significant;
  budgets_.change(*policy, slot, now);
  auto watched = present->liveness;
  present = std::move(policy);
  if (c.state == child_state::running && present->liveness != watched) {
    c.timer = 0;
    watch(slot);
  }
  act(action::adopt{slot, present});
}

std::vector<slot_id> supervisor_core::listed() const {
  std::vector<slot_id> list;
  list.reserve(size());
  for (auto s = first_; s != no_slot; s = places_[s].next)
    list.push_back(s);
  return list;
}

/// A round that waits for its next attempt covers the same children as before,
/// wherever they are now.
void supervisor_core::put_in_order(const std::vector<slot_id>& list,
                                   uint64_t newest) {
  auto begin = round_ && round_->from != no_slot ? places_[round_->from].order
                                                 : ~uint64_t{0};
  auto from = no_slot;
  for (auto slot : list)
    if (auto x = places_[slot].order;
        from == no_slot && x >= begin && x <= newest)
      from = slot;
  if (round_)
    round_->from = from;
  auto last = no_slot;
  first_ = list.empty() ? no_slot : list.front();
  order_ = 0;
  for (auto slot : list) {
    auto& x = places_[slot];
    x.order = ++order_;
    x.prev = last;
    x.next = no_slot;
    if (last != no_slot)
      places_[last].next = slot;
    last = slot;
  }
  last_ = last;
}

} // namespace actors
