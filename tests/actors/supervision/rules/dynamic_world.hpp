#pragma once

#include <actors/supervision/dynamic_core.hpp>

#include <functional>
#include <map>
#include <string>
#include <tests/actors/supervision/core_world.hpp>
#include <vector>

/// A world for a dynamic_core, as core_world.hpp has one for supervisor_core.
namespace supervision_tests {

class dynamic_world {
public:
  dynamic_world(supervisor_policy how,
                child_policy pattern,
                size_t max_children = unlimited)
    : core{how, max_children,
           std::make_shared<const child_policy>(std::move(pattern))} {
    core.boot(now);
    settle();
  }

  // -- what happens -----------------------------------------------------------

  /// Starts a child; `how` is how it will answer to being started, one after
  /// the other, the last for ever.
  request_token start(const std::string& name = {},
                      std::vector<at_start> how = {}) {
    auto token = ++last_token_;
    next_ = std::move(how);
    core.start_instance(name, token, now);
    settle();
    return token;
  }

  dynamic_world& ends(const std::string& id, const exit_status& why = crash) {
    auto slot = core.find(id);
    core.down(slot, serials_[slot], why, now);
    return settle();
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

  dynamic_world& shutdown() {
    core.shutdown(told, now);
    return settle();
  }

  dynamic_world& advance(duration x) {
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

  /// Lets the next timer fire, and no other.
  dynamic_world& fire() {
    auto timer = *timers.begin();
    timers.erase(timers.begin());
    now = timer.first;
    core.timeout(timer.second, now);
    return settle();
  }

  // -- what has come of it ----------------------------------------------------

  std::string states() const {
    std::string text;
    for (auto& x : core.which_children())
      text += (text.empty() ? "" : ", ") + x.id + " " + to_string(x.state);
    return text;
  }

  std::string answer(request_token x) const {
    auto n = replies.count(x);
    if (n == 1)
      return to_string(replies.find(x)->second.result);
    return n == 0 ? "" : "twice";
  }

  size_t count(supervision_report::kind x) const {
    return static_cast<size_t>(std::count_if(
      reports.begin(), reports.end(), [x](auto& r) { return r.what == x; }));
  }

  dynamic_core core;
  time_point now{std::chrono::hours{1}};
  /// How a child answers to being stopped, by slot.
  std::function<at_stop(slot_id)> stops = [](slot_id) {
    return at_stop::obeys;
  };
  /// Whether a child gives a sign of life when it is asked for one.
  std::function<bool(slot_id)> lives = [](slot_id) { return true; };
  std::map<std::string, size_t> done; ///< how often: start, stop, kill, ...
  std::vector<supervision_report> reports;
  std::multimap<request_token, action::reply> replies;
  std::multimap<time_point, uint64_t> timers;
  exit_status end;

private:
  template <class F>
  request_token ask(F f) {
    auto token = ++last_token_;
    f(token);
    settle();
    return token;
  }

  dynamic_world& settle() {
    auto& todo = core.actions();
    for (size_t i = 0; i < todo.size(); ++i) {
      auto next = std::move(todo[i]);
      std::visit([this](auto& x) { perform(x); }, next);
    }
    todo.clear();
    return *this;
  }

  void perform(action::start& x) {
    ++done["start"];
    serials_[x.slot] = x.serial;
    if (x.incarnation == 1)
      plans_[x.slot] = std::move(next_);
    auto& plan = plans_[x.slot];
    auto how = plan.empty() ? at_start::starts : plan.front();
    if (plan.size() > 1)
      plan.erase(plan.begin());
    if (how == at_start::starts)
      core.started(x.slot, x.serial, now);
    else if (how == at_start::fails)
      core.start_failed(x.slot, x.serial, crash, now);
    else if (how == at_start::declines)
      core.ignored(x.slot, x.serial, now);
  }

  void perform(action::stop& x) {
    ++done["stop"];
    auto how = stops(x.slot);
    if (how == at_stop::obeys)
      core.down(x.slot, x.serial, told, now);
    else if (how == at_stop::ends_normally)
      core.down(x.slot, x.serial, normal, now);
    else if (how == at_stop::crashes)
      core.down(x.slot, x.serial, crash, now);
  }

  void perform(action::kill& x) {
    ++done["kill"];
    if (stops(x.slot) != at_stop::is_immortal)
      core.down(x.slot, x.serial, killed, now);
  }

  void perform(action::cut_off&) { ++done["cut_off"]; }

  void perform(action::probe& x) {
    if (lives(x.slot))
      core.alive(x.slot, x.serial);
  }

  void perform(action::count_above&) { ++done["count_above"]; }

  void perform(action::set_timer& x) { timers.emplace(now + x.delay, x.timer); }

  void perform(action::reply& x) { replies.emplace(x.to, std::move(x)); }

  void perform(action::adopt&) { ++done["adopt"]; }

  void perform(action::forget&) { ++done["forget"]; }

  void perform(action::booted&) { ++done["booted"]; }

  void perform(action::exit& x) {
    ++done["exit"];
    end = x.status;
  }

  void perform(supervision_report& x) { reports.push_back(std::move(x)); }

  request_token last_token_ = 0;
  std::vector<at_start> next_;
  std::map<slot_id, uint64_t> serials_;
  std::map<slot_id, std::vector<at_start>> plans_;
};

} // namespace supervision_tests
