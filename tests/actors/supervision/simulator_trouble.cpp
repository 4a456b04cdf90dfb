// The chances of a simulation: what its trees look like and what befalls them.

#include <algorithm>

#include "tests/actors/supervision/simulator.hpp"

namespace supervision_tests {

using kind = exit_status::kind;

child_policy simulator::random_child(const std::string& id,
                                     auto_shutdown above) {
  child_policy x;
  x.id = id;
  x.when = chance(60) ? restart::permanent
                      : (chance(60) ? restart::transient : restart::temporary);
  x.grace = chance(15) ? 0s : up_to(5s);
  if (chance(30))
    x.start_within = 1s + up_to(2s);
  if (chance(30))
    x.delay = {100ms, 2s, 2.0, 5s};
  if (above != auto_shutdown::never && x.when != restart::permanent)
    x.significant = chance(50);
  if (chance(20))
    x.own_budget = budget{static_cast<uint32_t>(pick(4)), 1s + up_to(9s)};
  if (chance(10))
    x.liveness = 20s + up_to(20s);
  return x;
}

supervisor_policy simulator::random_policy() {
  supervisor_policy p;
  p.how = static_cast<strategy>(pick(3));
  p.max_restarts = static_cast<uint32_t>(pick(6));
  p.within = 1s + up_to(9s);
  p.stop = chance(20) ? stop_order::parallel : stop_order::reverse;
  p.seed = random_();
  if (chance(30))
    p.ends = static_cast<auto_shutdown>(pick(3));
  if (chance(20))
    p.subtree = budget{static_cast<uint32_t>(pick(8)), 1s + up_to(9s)};
  return p;
}

std::shared_ptr<tree> simulator::random_tree(int depth) {
  auto result = std::make_shared<tree>();
  result->policy = random_policy();
  auto n = pick(5);
  for (int i = 0; i < n; ++i) {
    blueprint child{random_child("c" + std::to_string(i), result->policy.ends),
                    nullptr};
    if (depth < 2 && chance(30)) {
      child.below = random_tree(depth + 1);
      child.policy.kind = child_kind::supervisor;
      child.policy.grace = infinite;
    }
    result->children.push_back(std::move(child));
  }
  return result;
}

exit_status simulator::random_end() {
  switch (pick(6)) {
  case 0:
    return {kind::normal, {}};
  case 1:
    return {kind::shutdown, {}};
  case 2:
    return {kind::killed, {}};
  default:
    return {kind::crashed, "boom"};
  }
}

void simulator::trouble() {
  auto x = pick(100);
  if (x < 40)
    crash_somebody();
  else if (x < 75)
    request_something();
  else
    advance(up_to(3s));
}

void simulator::crash_somebody() {
  auto n = std::next(nodes_.begin(), pick(static_cast<int>(nodes_.size())));
  auto& live = n->second->live;
  if (live.empty())
    return;
  auto child = std::next(live.begin(), pick(static_cast<int>(live.size())));
  if (child->second.node && chance(70))
    return; // supervisors die less often
  if (chance(10)) {
    n->second->core->healthy(child->first, child->second.serial);
    return;
  }
  ends(n->first, child->first, child->second.serial, random_end());
}

void simulator::request_something() {
  auto i = std::next(nodes_.begin(), pick(static_cast<int>(nodes_.size())));
  auto& n = *i->second;
  if (n.core->ended() || n.core->which_children().empty())
    return;
  auto token = ++last_token_;
  n.open.insert(token);
  auto id = (chance(50) ? "c" : "d") + std::to_string(pick(4));
  tell(std::to_string(i->first) + " request " + id);
  switch (pick(7)) {
  case 0:
  case 1:
    n.core->start_child(
      std::make_shared<child_policy>(random_child(id, n.policy.ends)), token,
      now_);
    break;
  case 5:
  case 6:
    request_replacement(i->first, token);
    break;
  case 2:
    // Siblings of a round that is called off stay down, too.
    if (n.policy.how != strategy::one_for_one
        || n.core->policy().how != strategy::one_for_one
        || !n.replacing.empty())
      for (auto& view : n.core->which_children())
        n.excused.insert(view.policy->id);
    n.excused.insert(id);
    n.core->terminate_child(id, token, now_);
    break;
  case 3:
    n.core->restart_child(id, token, now_);
    break;
  default:
    n.core->delete_child(id, token, now_);
  }
  settle(i->first);
}

/// Other specifications, in another order, some of them new, some left out; or
/// one child changed.
void simulator::request_replacement(uint64_t id, request_token token) {
  auto& n = *nodes_.at(id);
  auto p = chance(50) ? n.policy : random_policy();
  auto changed = [&](const std::string& child) {
    auto next = random_child(child, p.ends);
    for (auto& x : n.spec->children)
      if (x.below && x.policy.id == child) {
        next.kind = child_kind::supervisor;
        next.grace = infinite;
      }
    return std::make_shared<child_policy>(std::move(next));
  };
  auto views = n.core->which_children();
  if (chance(40)) {
    p = n.policy;
    auto child =
      views[static_cast<size_t>(pick(static_cast<int>(views.size())))]
        .policy->id;
    auto next = changed(child);
    n.excused.insert(child);
    n.core->replace_child(
      child, [next](const auto&) { return next; }, token, now_);
    return;
  }
  std::vector<supervisor_core::policy_ptr> list;
  for (auto& view : views)
    if (chance(80))
      list.push_back(changed(view.policy->id));
  if (chance(50) && n.core->find("n") == no_slot)
    list.push_back(changed("n"));
  std::shuffle(list.begin(), list.end(), random_);
  n.replacing.emplace(token, p);
  n.core->replace(p, std::move(list), token, now_);
}

} // namespace supervision_tests
