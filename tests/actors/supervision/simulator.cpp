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
  while (next_event()) {
  }
  check_at_rest();
  if (nodes_.count(root_) > 0) {
    tell("shutdown");
    nodes_.at(root_)->core->shutdown({kind::shutdown, {}}, now_);
    settle(root_);
  }
  while (next_event()) {
  }
  require(nodes_.empty(), "every supervisor ends after a shutdown");
}

// -- chance -------------------------------------------------------------------

child_policy simulator::random_child(const std::string& id) {
  child_policy x;
  x.id = id;
  x.when = chance(60) ? restart::permanent
                      : (chance(60) ? restart::transient : restart::temporary);
  x.grace = chance(15) ? 0s : up_to(5s);
  if (chance(30))
    x.start_within = 1s + up_to(2s);
  if (chance(30))
    x.delay = {100ms, 2s, 2.0, 5s};
  return x;
}

std::shared_ptr<tree> simulator::random_tree(int depth) {
  auto result = std::make_shared<tree>();
  auto& p = result->policy;
  p.how = static_cast<strategy>(pick(3));
  p.max_restarts = static_cast<uint32_t>(pick(6));
  p.within = 1s + up_to(9s);
  p.stop = chance(20) ? stop_order::parallel : stop_order::reverse;
  p.seed = random_();
  auto n = pick(5);
  for (int i = 0; i < n; ++i) {
    blueprint child{random_child("c" + std::to_string(i)), nullptr};
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
  for (auto serial : n.must_go[x.slot])
    for (auto& [slot, other] : n.live)
      require(other.serial != serial,
              "a round starts nobody before the old ones are gone");
  n.must_go.erase(x.slot);
  n.forgotten.erase(x.slot);
  n.live[x.slot] = {x.serial};
  auto policy = n.core->view(x.slot).policy;
  std::shared_ptr<tree> below;
  for (auto& child : n.spec->children)
    if (policy && policy->id == child.policy.id)
      below = child.below;
  tell(std::to_string(id) + " start " + (policy ? policy->id : "?"));
  if (below) {
    auto sub = make_node(below, id, x.slot, x.serial);
    n.live[x.slot].node = sub;
    later(0s, [=, this] {
      if (nodes_.count(sub) == 0)
        return;
      nodes_.at(sub)->core->boot(now_);
      settle(sub);
    });
    return;
  }
  auto how = calm_ ? 100 : pick(100);
  auto outcome = [=, this] {
    auto i = nodes_.find(id);
    if (i == nodes_.end())
      return;
    auto child = i->second->live.find(x.slot);
    if (child == i->second->live.end() || child->second.serial != x.serial)
      return;
    auto& core = *i->second->core;
    if (how < 12) {
      i->second->live.erase(child);
      core.start_failed(x.slot, x.serial, {kind::crashed, "no"}, now_);
    } else if (how < 15) {
      i->second->live.erase(child);
      if (policy)
        i->second->excused.insert(policy->id);
      core.ignored(x.slot, x.serial, now_);
    } else {
      child->second.up = true;
      core.started(x.slot, x.serial, now_);
    }
    settle(id);
  };
  auto silent = policy && policy->start_within != infinite && chance(10);
  if (!calm_ && silent)
    return; // will be killed for it
  if (how % 2 == 0)
    later(0s, outcome);
  else
    later(up_to(1s), outcome);
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
  if (n.stopping && n.spec->policy.stop == stop_order::reverse) {
    auto later_one = false;
    for (auto& view : n.core->which_children()) {
      require(!later_one || n.live.count(view.slot) == 0
                || n.live.at(view.slot).serial > x.serial,
              "children stop in reverse order, each after the next is gone");
      later_one = later_one || view.slot == x.slot;
    }
  }
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
  nodes_.at(id)->core->alive(x.slot, x.serial);
}

void simulator::perform(uint64_t, action::count_above&) {}

void simulator::perform(uint64_t, action::adopt&) {}

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
  if (x.result == op_result::start_failed)
    n.excused.insert(id_of);
}

void simulator::perform(uint64_t id, action::forget& x) {
  auto& n = *nodes_.at(id);
  require(n.live.count(x.slot) == 0, "nobody is forgotten while it lives");
  require(n.forgotten.insert(x.slot).second, "a child is forgotten once");
  n.must_go.erase(x.slot);
}

void simulator::perform(uint64_t id, action::booted&) {
  auto& n = *nodes_.at(id);
  require(!n.booted, "a supervisor boots once");
  n.booted = true;
  for (auto& view : n.core->which_children())
    require(view.incarnation > 0, "no child is left out at the start");
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
  auto& n = *nodes_.at(id);
  const auto& p = n.spec->policy;
  std::erase_if(n.restarts, [&](auto t) { return now_ - t > p.within; });
  if (x.what == supervision_report::kind::restarting) {
    require(n.restarts.size() < p.max_restarts, "no restart beyond the budget");
    n.restarts.push_back(now_);
    if (p.how == strategy::one_for_one)
      return;
    auto& olds = n.must_go[x.slot];
    auto from_here = p.how == strategy::one_for_all;
    for (auto& view : n.core->which_children()) {
      from_here = from_here || view.slot == x.slot;
      if (auto i = n.live.find(view.slot); from_here && i != n.live.end())
        olds.insert(i->second.serial);
    }
  } else if (x.what == supervision_report::kind::gave_up) {
    require(n.restarts.size() == p.max_restarts, "no giving up too early");
    n.stopping = true;
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
  n->second->core->down(slot, serial, std::move(why), now_);
  settle(id);
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

// -- trouble ------------------------------------------------------------------

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
  switch (pick(5)) {
  case 0:
  case 1:
    n.core->start_child(std::make_shared<child_policy>(random_child(id)), token,
                        now_);
    break;
  case 2:
    // Siblings of a round that is called off stay down, too.
    if (n.spec->policy.how != strategy::one_for_one)
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

// -- rules --------------------------------------------------------------------

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
