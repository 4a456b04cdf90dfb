#include "tests/actors/supervision/simulator.hpp"

#include <algorithm>

namespace supervision_tests {

using kind = exit_status::kind;

simulator::simulator(uint64_t seed) : random_{seed} {}

void simulator::run() {
  root_ = make_node(random_tree(0), 0, no_slot, 0);
  nodes_.at(root_)->core->boot(now_);
  settle(root_);
  auto n = 10 + pick(100);
  for (int i = 0; i < n && nodes_.count(root_) > 0; ++i)
    trouble();
  calm_ = true;
  run_until_quiet(10min);
  check_at_rest();
  if (auto root = nodes_.find(root_); root != nodes_.end()) {
    tell("shutdown");
    root->second->stopping = true;
    root->second->core->shutdown({kind::shutdown, {}}, now_);
    settle(root_);
  }
  run_until_quiet(10min);
  require(nodes_.empty(), "every supervisor ends after a shutdown");
}

/// Questions for signs of life never end, all else does.
void simulator::run_until_quiet(duration at_most) {
  auto until = now_ + at_most;
  while (!events_.empty() && events_.begin()->first <= until)
    next_event();
  now_ = until;
}

// -- the world ----------------------------------------------------------------

uint64_t simulator::make_node(std::shared_ptr<tree> spec,
                              uint64_t parent,
                              slot_id slot,
                              uint64_t serial) {
  auto id = ++last_node_;
  auto n = std::make_unique<node>();
  std::vector<supervisor_core::policy_ptr> children;
  for (auto& x : spec->children)
    children.emplace_back(spec, &x.policy);
  n->core = std::make_unique<supervisor_core>(spec->policy, children);
  n->policy = spec->policy;
  if (parent != 0) {
    auto& above = *nodes_.at(parent);
    n->counts_above = above.counts_above || above.policy.subtree;
    n->core->counts_above(n->counts_above);
  }
  for (slot_id i = 0; i < children.size(); ++i)
    n->policies[i] = children[i];
  n->spec = std::move(spec);
  n->parent = parent;
  n->slot = slot;
  n->serial = serial;
  nodes_.emplace(id, std::move(n));
  return id;
}

void simulator::later(duration delay, std::function<void()> what) {
  events_.emplace(now_ + delay, std::move(what));
}

bool simulator::next_event() {
  if (events_.empty())
    return false;
  require(++events_done_ < 1'000'000, "a history comes to an end");
  auto event = events_.begin();
  now_ = event->first;
  auto what = std::move(event->second);
  events_.erase(event);
  what();
  return true;
}

void simulator::advance(duration x) {
  auto until = now_ + x;
  while (!events_.empty() && events_.begin()->first <= until)
    next_event();
  now_ = std::max(now_, until);
}

/// Carries out what a core wants; it may be gone when this returns.
void simulator::settle(uint64_t id) {
  for (;;) {
    auto n = nodes_.find(id);
    if (n == nodes_.end())
      return;
    auto& todo = n->second->core->actions();
    if (todo.empty())
      break;
    auto actions = std::move(todo);
    todo.clear();
    for (auto& x : actions)
      if (nodes_.count(id) > 0)
        std::visit([&](auto& y) { perform(id, y); }, x);
  }
  check(id);
}

void simulator::perform(uint64_t id, action::start& x) {
  auto& n = *nodes_.at(id);
  ++steps_;
  require(n.live.count(x.slot) == 0, "never two incarnations of one child");
  check_round(n, x.slot);
  n.forgotten.erase(x.slot);
  n.live[x.slot] = {x.serial};
  auto policy = n.core->view(x.slot).policy;
  if (n.policies.count(x.slot) == 0)
    n.policies[x.slot] = policy;
  std::shared_ptr<tree> below;
  for (auto& child : n.spec->children)
    if (policy && policy->id == child.policy.id)
      below = child.below;
  tell(std::to_string(id) + " start " + (policy ? policy->id : "?"));
  if (below) {
    n.live[x.slot].node = boot_below(id, below, x);
    return;
  }
  n.live[x.slot].mute = !calm_ && chance(20);
  auto how = calm_ ? 100 : pick(100);
  if (!calm_ && n.policies.at(x.slot)->start_within != infinite && chance(10))
    return; // will be killed for it
  later(how % 2 == 0 ? duration{0} : up_to(1s),
        [=, this, x = x] { come_up(id, x.slot, x.serial, how); });
}

uint64_t simulator::boot_below(uint64_t id,
                               const std::shared_ptr<tree>& spec,
                               const action::start& x) {
  auto sub = make_node(spec, id, x.slot, x.serial);
  later(0s, [=, this] {
    if (nodes_.count(sub) == 0)
      return;
    nodes_.at(sub)->core->boot(now_);
    settle(sub);
  });
  return sub;
}

/// The start of a child comes to something.
void simulator::come_up(uint64_t id, slot_id slot, uint64_t serial, int how) {
  auto i = nodes_.find(id);
  if (i == nodes_.end())
    return;
  auto& n = *i->second;
  auto child = n.live.find(slot);
  if (child == n.live.end() || child->second.serial != serial)
    return;
  if (how < 12) {
    n.live.erase(child);
    n.core->start_failed(slot, serial, {kind::crashed, "no"}, now_);
  } else if (how < 15) {
    n.live.erase(child);
    n.excused.insert(n.core->view(slot).policy->id);
    n.core->ignored(slot, serial, now_);
  } else {
    child->second.up = true;
    n.core->started(slot, serial, now_);
  }
  settle(id);
}

void simulator::perform(uint64_t id, action::stop& x) {
  auto& n = *nodes_.at(id);
  ++steps_;
  auto child = n.live.find(x.slot);
  if (child == n.live.end() || child->second.serial != x.serial)
    return; // it was quicker
  require(!child->second.asked, "a child is asked to stop once");
  child->second.asked = true;
  tell(std::to_string(id) + " stop slot " + std::to_string(x.slot));
  check_stop_order(n, x);
  if (auto sub = child->second.node) {
    later(0s, [=, this] {
      if (nodes_.count(sub) == 0)
        return;
      nodes_.at(sub)->stopping = true;
      nodes_.at(sub)->core->shutdown({kind::shutdown, {}}, now_);
      settle(sub);
    });
    return;
  }
  if (chance(20))
    return; // deaf: its grace is finite
  auto why = chance(80) ? exit_status{kind::shutdown, {}} : random_end();
  later(up_to(2s), [=, this] { ends(id, x.slot, x.serial, why); });
}

void simulator::perform(uint64_t id, action::kill& x) {
  auto& n = *nodes_.at(id);
  ++steps_;
  auto child = n.live.find(x.slot);
  if (child == n.live.end() || child->second.serial != x.serial)
    return;
  require(!child->second.killed, "a child is killed once");
  child->second.killed = true;
  tell(std::to_string(id) + " kill slot " + std::to_string(x.slot));
  if (chance(10))
    return; // immortal
  later(chance(50) ? 0s : up_to(1s), [=, this] {
    ends(id, x.slot, x.serial, {kind::killed, {}});
  });
}

void simulator::perform(uint64_t id, action::cut_off& x) {
  auto& n = *nodes_.at(id);
  auto child = n.live.find(x.slot);
  require(child != n.live.end() && child->second.killed,
          "only a child that was killed is cut off");
  if (child->second.node)
    vanish(child->second.node);
  n.live.erase(child);
}

void simulator::perform(uint64_t id, action::probe& x) {
  auto& n = *nodes_.at(id);
  auto child = n.live.find(x.slot);
  if (child == n.live.end() || child->second.serial != x.serial)
    return;
  child->second.silent = true;
  if (child->second.mute)
    return;
  later(up_to(1s), [=, this, x = x] {
    auto i = nodes_.find(id);
    if (i == nodes_.end())
      return;
    auto it = i->second->live.find(x.slot);
    if (it == i->second->live.end() || it->second.serial != x.serial)
      return;
    it->second.silent = false;
    i->second->core->alive(x.slot, x.serial);
  });
}

void simulator::perform(uint64_t id, action::count_above&) {
  auto& n = *nodes_.at(id);
  require(n.counts_above, "only who is asked tells of restarts");
  if (n.parent != 0)
    later(0s, [=, this, p = n.parent, slot = n.slot] { count_below(p, slot); });
}

/// Something was restarted below the supervisor in this slot.
void simulator::count_below(uint64_t id, slot_id slot) {
  auto i = nodes_.find(id);
  if (i == nodes_.end())
    return;
  auto& n = *i->second;
  if (!n.stopping && n.policy.subtree) {
    std::erase_if(n.below,
                  [&](auto t) { return now_ - t > n.policy.subtree->within; });
    if (n.below.size() < n.policy.subtree->max_restarts)
      n.below.push_back(now_);
    else
      tell(std::to_string(id) + " has no budget left for its subtree");
  }
  n.core->restarted_below(slot, now_);
  settle(id);
}

void simulator::perform(uint64_t id, action::adopt& x) {
  auto& n = *nodes_.at(id);
  if (auto& old = n.policies[x.slot]; old && old->own_budget)
    std::erase_if(n.own[x.slot],
                  [&](auto t) { return now_ - t > old->own_budget->within; });
  n.policies[x.slot] = x.policy;
  n.forgotten.erase(x.slot); // a new one in an old place
  if (!n.policies[x.slot]->own_budget)
    n.own.erase(x.slot);
}

void simulator::perform(uint64_t id, action::set_timer& x) {
  later(x.delay, [=, this] {
    if (nodes_.count(id) == 0)
      return;
    nodes_.at(id)->core->timeout(x.timer, now_);
    settle(id);
  });
}

void simulator::perform(uint64_t id, action::reply& x) {
  auto& n = *nodes_.at(id);
  require(n.open.erase(x.to) == 1, "every request is answered once");
  auto id_of = x.child.policy ? x.child.policy->id : std::string{};
  tell(std::to_string(id) + " answers " + to_string(x.result) + ' ' + id_of);
  if (x.result == op_result::ok && x.child.policy)
    n.must_go.erase(x.child.slot); // taken out of its round by an order
  if (x.result == op_result::start_failed)
    n.excused.insert(id_of);
  auto next = n.replacing.extract(x.to);
  if (next.empty() || x.result != op_result::ok)
    return;
  std::erase_if(n.restarts, [&](auto t) { return now_ - t > n.policy.within; });
  if (n.policy.subtree)
    std::erase_if(n.below,
                  [&](auto t) { return now_ - t > n.policy.subtree->within; });
  n.policy = next.mapped();
  n.must_go.clear(); // it had to wait until all were gone
  if (!n.policy.subtree)
    n.below.clear();
  for (auto& view : n.core->which_children()) // new, or permanent only now
    if (view.state == child_state::stopped)
      n.excused.insert(view.policy->id);
}

void simulator::perform(uint64_t id, action::forget& x) {
  auto& n = *nodes_.at(id);
  require(n.live.count(x.slot) == 0, "nobody is forgotten while it lives");
  require(n.forgotten.insert(x.slot).second, "a child is forgotten once");
  n.policies.erase(x.slot);
  n.own.erase(x.slot);
  n.must_go.erase(x.slot);
}

void simulator::perform(uint64_t id, action::booted&) {
  auto& n = *nodes_.at(id);
  require(!n.booted, "a supervisor boots once");
  n.booted = true;
  for (auto& view : n.core->which_children())
    require(view.incarnation > 0 || n.policies.count(view.slot) == 0
              || n.policies.at(view.slot) != view.policy,
            "no child is left out at the start");
  if (n.parent == 0)
    return;
  auto& parent = *nodes_.at(n.parent);
  auto self = parent.live.find(n.slot);
  if (self != parent.live.end() && self->second.serial == n.serial)
    self->second.up = true;
  later(0s, [=, this, p = n.parent, slot = n.slot, serial = n.serial] {
    if (nodes_.count(p) == 0)
      return;
    nodes_.at(p)->core->started(slot, serial, now_);
    settle(p);
  });
}

void simulator::perform(uint64_t id, action::exit& x) {
  auto& n = *nodes_.at(id);
  tell(std::to_string(id) + " exit: " + to_string(x.status));
  require(n.live.empty(), "a supervisor ends after its children");
  require(n.open.empty(), "no request is left without an answer");
  auto parent = n.parent;
  auto slot = n.slot;
  auto serial = n.serial;
  nodes_.erase(id);
  if (parent != 0)
    later(0s, [=, this, why = x.status] { ends(parent, slot, serial, why); });
}

void simulator::perform(uint64_t id, supervision_report& x) {
  using report = supervision_report::kind;
  auto& n = *nodes_.at(id);
  tell(std::to_string(id) + ' ' + to_string(x.what) + " slot "
       + std::to_string(x.slot) + ", " + to_string(n.core->policy().how));
  switch (x.what) {
  case report::restarting:
    require(counts_restart(n, x.slot), "no restart beyond any budget");
    break;
  case report::gave_up:
    check_gave_up(n, x.slot);
    n.stopping = true;
    break;
  case report::auto_shutdown:
    check_auto_shutdown(n, x.slot);
    n.stopping = n.booted;
    n.ends_after_boot = true;
    break;
  case report::child_hung:
    require(n.live.at(x.slot).silent, "only who owes a sign of life is hung");
    break;
  case report::start_failed:
    if (!n.booted && x.incarnation == 1)
      n.stopping = true;
    break;
  default:
    break;
  }
}

/// A child is gone, by itself or as it was told.
void simulator::ends(uint64_t id,
                     slot_id slot,
                     uint64_t serial,
                     exit_status why) {
  auto n = nodes_.find(id);
  if (n == nodes_.end())
    return;
  auto child = n->second->live.find(slot);
  if (child == n->second->live.end() || child->second.serial != serial)
    return;
  if (child->second.node)
    vanish(child->second.node);
  n->second->live.erase(child);
  tell(std::to_string(id) + " down slot " + std::to_string(slot) + ": "
       + to_string(why));
  auto must_end = n->second->must_end_with(slot, why);
  n->second->core->down(slot, serial, std::move(why), now_);
  settle(id);
  n = nodes_.find(id);
  require(!must_end || n == nodes_.end() || n->second->stopping
            || n->second->ends_after_boot,
          "any_significant ends with the first");
}

/// A supervisor ends outright and takes everything below with it.
void simulator::vanish(uint64_t id) {
  auto n = nodes_.find(id);
  if (n == nodes_.end())
    return;
  for (auto& [slot, child] : n->second->live)
    if (child.node)
      vanish(child.node);
  nodes_.erase(id);
}

} // namespace supervision_tests
