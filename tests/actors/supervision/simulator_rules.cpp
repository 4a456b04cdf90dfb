// What must always hold in a simulation.

#include <algorithm>

#include "tests/actors/supervision/simulator.hpp"

namespace supervision_tests {

/// Nobody of a round starts before all it stops are gone, and at first children
/// start in their order.
void simulator::check_round(node& n, slot_id slot) {
  for (auto serial : n.must_go[slot])
    for (auto& [other, child] : n.live)
      require(child.serial != serial,
              "a round starts nobody before the old ones are gone");
  n.must_go.erase(slot);
  if (n.booted)
    return;
  auto later_one = false;
  for (auto& view : n.core->which_children()) {
    require(!later_one || view.incarnation == 0
              || n.core->view(slot).incarnation > 1,
            "children start in their order");
    later_one = later_one || view.slot == slot;
  }
}

void simulator::check_stop_order(node& n, const action::stop& x) {
  if (!n.stopping || n.policy.stop == stop_order::parallel)
    return;
  auto later_one = false;
  for (auto& view : n.core->which_children()) {
    require(!later_one || n.live.count(view.slot) == 0,
            "children stop in reverse order, each after the next is gone");
    later_one = later_one || view.slot == x.slot;
  }
}

/// Counts a restart in every budget that applies to this child; false if one
/// of them had nothing left.
bool simulator::counts_restart(node& n, slot_id slot) {
  auto fits = [this](std::vector<time_point>& xs, uint32_t limit,
                     duration within) {
    std::erase_if(xs, [&](auto t) { return now_ - t > within; });
    xs.push_back(now_);
    return xs.size() <= limit;
  };
  auto& p = n.policy;
  auto ok = fits(n.restarts, p.max_restarts, p.within);
  if (p.subtree)
    ok = fits(n.below, p.subtree->max_restarts, p.subtree->within) && ok;
  if (auto& own = n.policies.at(slot)->own_budget)
    ok = fits(n.own[slot], own->max_restarts, own->within) && ok;
  if (p.how == strategy::one_for_one)
    return ok;
  auto& olds = n.must_go[slot];
  auto from_here = p.how == strategy::one_for_all;
  for (auto& view : n.core->which_children()) {
    from_here = from_here || view.slot == slot;
    if (auto i = n.live.find(view.slot); from_here && i != n.live.end())
      olds.insert(i->second.serial);
  }
  return ok;
}

void simulator::check_gave_up(node& n, slot_id slot) {
  auto spent = [this](const std::vector<time_point>& xs, uint32_t limit,
                      duration within) {
    auto used = std::count_if(xs.begin(), xs.end(),
                              [&](auto t) { return now_ - t <= within; });
    return static_cast<uint32_t>(used) >= limit;
  };
  auto& p = n.policy;
  auto ok = spent(n.restarts, p.max_restarts, p.within);
  if (p.subtree)
    ok = ok || spent(n.below, p.subtree->max_restarts, p.subtree->within);
  if (n.policies.count(slot) > 0)
    if (auto& own = n.policies.at(slot)->own_budget)
      ok = ok || spent(n.own[slot], own->max_restarts, own->within);
  require(ok, "no giving up too early");
}

void simulator::check_auto_shutdown(node& n, slot_id slot) {
  require(n.policy.ends != auto_shutdown::never, "never is never");
  require(n.policies.at(slot)->significant, "only significant children count");
  if (n.policy.ends == auto_shutdown::any_significant)
    return;
  for (auto& [other, child] : n.live)
    require(!n.policies.at(other)->significant,
            "all_significant waits for the last one");
}

/// Where nobody can be a bystander, the end of a significant child has to end
/// the supervisor.
bool simulator::node::must_end_with(slot_id child_slot,
                                    const exit_status& why) {
  auto& child = *policies.at(child_slot);
  return !stopping && policy.how == strategy::one_for_one
         && policy.ends == auto_shutdown::any_significant && child.significant
         && core->view(child_slot).state == child_state::running
         && (child.when == restart::temporary || !is_abnormal(why));
}

void simulator::require(bool holds, const std::string& rule) const {
  if (!holds)
    throw std::logic_error{rule};
}

void simulator::check(uint64_t id) {
  auto& n = *nodes_.at(id);
  size_t live = 0;
  for (auto& view : n.core->which_children()) {
    auto here = n.live.count(view.slot) > 0;
    require(here == has_incarnation(view.state),
            "the core knows who lives: " + view.policy->id + " "
              + to_string(view.state));
    live += here;
  }
  require(live == n.live.size(), "nobody lives without a specification");
  require(n.core->count_children().active == live, "the count is right");
}

void simulator::check_at_rest() {
  for (auto& [id, n] : nodes_) {
    require(!n->stopping && !n->ends_after_boot, "who is to end, ends");
    require(n->booted, "the start comes to an end");
    require(n->open.empty(), "every request is answered in the end");
    for (auto& view : n->core->which_children()) {
      require(view.state == child_state::running
                || view.state == child_state::stopped,
              "everything comes to rest: " + view.policy->id + " "
                + to_string(view.state));
      require(view.state == child_state::running
                || view.policy->when != restart::permanent
                || n->excused.count(view.policy->id) > 0,
              "no permanent child is forgotten: " + view.policy->id);
    }
  }
}

void simulator::tell(const std::string& what) {
  if (!keep_story_)
    return;
  auto t = std::chrono::duration<double>(now_.time_since_epoch()).count();
  story_ += std::to_string(t) + " " + what + "\n";
}

} // namespace supervision_tests
