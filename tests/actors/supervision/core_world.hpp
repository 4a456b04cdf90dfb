#pragma once

#include <actors/supervision/core.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

/// A world for a supervisor_core: carries its actions out in virtual time and
/// writes down what it did, so that a test is a story: what happened, then the
/// log that it must have led to.
namespace supervision_tests {

using namespace actors;
using namespace std::chrono_literals;
using exit_kind = exit_status::kind;

inline const exit_status normal{exit_kind::normal, {}};
inline const exit_status told{exit_kind::shutdown, {}};
inline const exit_status crash{exit_kind::crashed, "boom"};
inline const exit_status killed{exit_kind::killed, {}};

/// How a child answers to being started.
enum class at_start { starts, fails, declines, is_silent };

/// How a child answers to being stopped.
enum class at_stop { obeys, ends_normally, crashes, is_deaf, is_immortal };

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

class world {
public:
  world(supervisor_policy how, std::vector<child_policy> children)
    : core{how, shared(std::move(children))} {}

  // -- what happens -----------------------------------------------------------

  world& boot() {
    core.boot(now);
    return settle();
  }

  /// The child ends by itself.
  world& ends(const std::string& id, const exit_status& why = crash) {
    core.down(core.find(id), serial(id), why, now);
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

  world& shutdown() {
    core.shutdown(told, now);
    return settle();
  }

  /// Lets time pass: timers fire when they are due.
  world& advance(duration x) {
    auto until = now + x;
    while (!timers.empty() && timers.begin()->first <= until) {
      auto timer = *timers.begin();
      timers.erase(timers.begin());
      now = timer.first;
      core.timeout(timer.second, now);
      settle();
    }
    now = until;
    return *this;
  }

  request_token start_child(child_policy x) {
    return ask([&](auto token) {
      core.start_child(std::make_shared<child_policy>(std::move(x)), token,
                       now);
    });
  }

  request_token terminate(const std::string& id) {
    return ask([&](auto token) { core.terminate_child(id, token, now); });
  }

  request_token restart_it(const std::string& id) {
    return ask([&](auto token) { core.restart_child(id, token, now); });
  }

  request_token remove(const std::string& id) {
    return ask([&](auto token) { core.delete_child(id, token, now); });
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

  /// Carries out what the core wants, until it wants nothing more.
  world& settle() {
    auto& todo = core.actions();
    for (size_t i = 0; i < todo.size(); ++i) {
      auto next = std::move(todo[i]);
      std::visit([this](auto& x) { perform(x); }, next);
    }
    todo.clear();
    return *this;
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

  /// `ok`, `not_found`, ...; empty if not answered, `twice` if answered twice.
  std::string answer(request_token x) const {
    auto n = replies.count(x);
    if (n == 1)
      return to_string(replies.find(x)->second.result);
    return n == 0 ? "" : "twice";
  }

  const action::reply& reply(request_token x) const {
    return replies.find(x)->second;
  }

  /// How many reports of this kind there were.
  size_t count(supervision_report::kind x) const {
    return static_cast<size_t>(std::count_if(
      reports.begin(), reports.end(), [x](auto& r) { return r.what == x; }));
  }

  supervisor_core core;
  time_point now{std::chrono::hours{1}};
  std::map<std::string, plan> plans;
  std::vector<std::string> log;
  std::vector<supervision_report> reports;
  std::multimap<request_token, action::reply> replies;
  std::multimap<time_point, uint64_t> timers;
  size_t probes = 0;
  size_t told_above = 0; ///< restarts, for a subtree budget
  exit_status end;       ///< with which the supervisor ended

private:
  static std::vector<supervisor_core::policy_ptr>
  shared(std::vector<child_policy> xs) {
    std::vector<supervisor_core::policy_ptr> result;
    for (auto& x : xs)
      result.push_back(std::make_shared<child_policy>(std::move(x)));
    return result;
  }

  template <class F>
  request_token ask(F f) {
    auto token = ++last_token_;
    f(token);
    settle();
    return token;
  }

  uint64_t serial(const std::string& id) { return serials_[core.find(id)]; }

  void note(const char* what, slot_id slot) {
    log.push_back(std::string{what} + " " + names_[slot]);
  }

  plan& plan_of(slot_id slot) { return plans[names_[slot]]; }

  void perform(action::start& x) {
    if (auto policy = core.view(x.slot).policy)
      names_[x.slot] = policy->id;
    serials_[x.slot] = x.serial;
    note("start", x.slot);
    auto& starts = plan_of(x.slot).starts;
    auto how = starts.empty() ? at_start::starts : starts.front();
    if (starts.size() > 1)
      starts.erase(starts.begin());
    if (how == at_start::starts)
      core.started(x.slot, x.serial, now);
    else if (how == at_start::fails)
      core.start_failed(x.slot, x.serial, crash, now);
    else if (how == at_start::declines)
      core.ignored(x.slot, x.serial, now);
  }

  void perform(action::stop& x) {
    note("stop", x.slot);
    auto how = plan_of(x.slot).stop;
    if (how == at_stop::obeys)
      core.down(x.slot, x.serial, told, now);
    else if (how == at_stop::ends_normally)
      core.down(x.slot, x.serial, normal, now);
    else if (how == at_stop::crashes)
      core.down(x.slot, x.serial, crash, now);
  }

  void perform(action::kill& x) {
    note("kill", x.slot);
    if (plan_of(x.slot).stop != at_stop::is_immortal)
      core.down(x.slot, x.serial, killed, now);
  }

  void perform(action::cut_off& x) { note("cut_off", x.slot); }

  void perform(action::probe& x) {
    ++probes;
    if (plan_of(x.slot).answers)
      core.alive(x.slot, x.serial);
  }

  void perform(action::count_above&) { ++told_above; }

  void perform(action::set_timer& x) { timers.emplace(now + x.delay, x.timer); }

  void perform(action::reply& x) { replies.emplace(x.to, std::move(x)); }

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

  void perform(supervision_report& x) { reports.push_back(std::move(x)); }

  request_token last_token_ = 0;
  std::map<slot_id, uint64_t> serials_;
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
