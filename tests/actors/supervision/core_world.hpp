#pragma once

#include <actors/supervision/core.hpp>

#include <map>
#include <string>
#include <tests/actors/supervision/decider_world.hpp>
#include <vector>

/// A world for a supervisor_core: carries its actions out in virtual time and
/// writes down what it did, so that a test is a story: what happened, then the
/// log that it must have led to.
namespace supervision_tests {

struct plan {
  std::vector<at_start> starts; ///< one after the other; the last for ever
  at_stop stop = at_stop::obeys;
  bool answers = true; ///< gives a sign of life when asked
};

inline child_policy child(std::string id, restart when = restart::permanent) {
  child_policy x;
  x.id = std::move(id);
  x.when = when;
  return x;
}

inline supervisor_policy
policy(strategy how, uint32_t max_restarts = 3, duration within = 5s) {
  supervisor_policy x;
  x.how = how;
  x.max_restarts = max_restarts;
  x.within = within;
  return x;
}

class world : public decider_world<world, supervisor_core> {
public:
  world(supervisor_policy how, std::vector<child_policy> children)
    : decider_world{how, shared(std::move(children))} {}

  // -- what happens -----------------------------------------------------------

  world& boot() {
    core.boot(now);
    return settle();
  }

  /// A supervisor below has restarted something.
  world& restarts_below(const std::string& id) {
    core.restarted_below(core.find(id), now);
    return settle();
  }

  world& is_healthy(const std::string& id) {
    core.healthy(core.find(id), serial(id));
    return settle();
  }

  request_token start_child(child_policy x) {
    return ask([&](auto token) {
      core.start_child(std::make_shared<child_policy>(std::move(x)), token,
                       now);
    });
  }

  request_token replace(supervisor_policy how, std::vector<child_policy> xs) {
    return ask([&](auto token) {
      core.replace(how, shared(std::move(xs)), token, now);
    });
  }

  /// `f` changes a copy of the child's policy.
  template <class F>
  request_token replace_one(const std::string& id, F f) {
    auto change = [f](const supervisor_core::policy_ptr& present) {
      auto next = std::make_shared<child_policy>(*present);
      f(*next);
      return next;
    };
    return ask([&](auto token) { core.replace_child(id, change, token, now); });
  }

  // -- by hand ----------------------------------------------------------------

  world& started(const std::string& id) {
    core.started(core.find(id), serial(id), now);
    return settle();
  }

  world& start_fails(const std::string& id) {
    core.start_failed(core.find(id), serial(id), crash, now);
    return settle();
  }

  // -- what has come of it ----------------------------------------------------

  /// What was done since the last call: `start a, stop b, kill b, exit`.
  std::string done() {
    std::string text;
    for (auto& x : log)
      text += (text.empty() ? "" : ", ") + x;
    log.clear();
    return text;
  }

  /// `a running, b stopped`, in start order.
  std::string states() const {
    std::string text;
    for (auto& x : core.which_children())
      text +=
        (text.empty() ? "" : ", ") + x.policy->id + " " + to_string(x.state);
    return text;
  }

  child_state state(const std::string& id) const {
    return core.view(core.find(id)).state;
  }

  uint64_t incarnation(const std::string& id) const {
    return core.view(core.find(id)).incarnation;
  }

  bool knows(const std::string& id) const { return core.find(id) != no_slot; }

  const action::reply& reply(request_token x) const {
    return replies.find(x)->second;
  }

  std::map<std::string, plan> plans;
  std::vector<std::string> log;
  size_t probes = 0;
  size_t told_above = 0; ///< restarts, for a subtree budget

private:
  friend decider_world;
  using decider_world::perform;

  static std::vector<supervisor_core::policy_ptr>
  shared(std::vector<child_policy> xs) {
    std::vector<supervisor_core::policy_ptr> result;
    for (auto& x : xs)
      result.push_back(std::make_shared<child_policy>(std::move(x)));
    return result;
  }

  void note(const char* what, slot_id slot) {
    log.push_back(std::string{what} + " " + names_[slot]);
  }

  plan& plan_of(slot_id slot) { return plans[names_[slot]]; }

  void perform(action::start& x) {
    if (auto policy = core.view(x.slot).policy)
      names_[x.slot] = policy->id;
    note("start", x.slot);
    start(x, plan_of(x.slot).starts);
  }

  void perform(action::stop& x) {
    note("stop", x.slot);
    stop(x, plan_of(x.slot).stop);
  }

  void perform(action::kill& x) {
    note("kill", x.slot);
    kill(x, plan_of(x.slot).stop);
  }

  void perform(action::cut_off& x) { note("cut_off", x.slot); }

  void perform(action::probe& x) {
    ++probes;
    if (plan_of(x.slot).answers)
      core.alive(x.slot, x.serial);
  }

  void perform(action::count_above&) { ++told_above; }

  void perform(action::adopt& x) {
    names_[x.slot] = x.policy->id;
    note("adopt", x.slot);
  }

  void perform(action::forget& x) { note("forget", x.slot); }

  void perform(action::booted&) { log.push_back("booted"); }

  void perform(action::exit& x) {
    log.push_back("exit");
    end = x.status;
  }

  std::map<slot_id, std::string> names_;
};

// -- what many tests begin with -----------------------------------------------

inline const auto all_strategies = {
  strategy::one_for_one, strategy::one_for_all, strategy::rest_for_one};
inline const exit_status shut_down{exit_kind::shutdown, "with a reason"};
inline const exit_status lost{exit_kind::lost, {}};

inline child_policy with_grace(std::string id, duration grace) {
  auto x = child(std::move(id));
  x.grace = grace;
  return x;
}

/// A supervisor that has started its children.
inline world booted(supervisor_policy how, std::vector<child_policy> children) {
  world w{how, std::move(children)};
  w.boot();
  w.done();
  return w;
}

inline world three(strategy how = strategy::one_for_one) {
  return booted(policy(how), {child("a"), child("b"), child("c")});
}

inline world four(strategy how, uint32_t max_restarts = 3) {
  return booted(policy(how, max_restarts),
                {child("a"), child("b"), child("c"), child("d")});
}

} // namespace supervision_tests
