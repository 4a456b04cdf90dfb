#pragma once

#include <actors/supervision/decider.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// What the worlds of a supervisor_core (core_world.hpp) and of a dynamic_core
/// (rules/dynamic_world.hpp) have in common: virtual time, its timers, requests
/// and their answers, and how children answer to what the core wants.
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

/// `World` carries out what is left: start, stop, kill and what is to be noted.
template <class World, class Core>
class decider_world {
public:
  // -- what happens -----------------------------------------------------------

  /// The child ends by itself.
  World& ends(const std::string& id, const exit_status& why = crash) {
    core.down(core.find(id), serial(id), why, now);
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

  World& shutdown() {
    core.shutdown(told, now);
    return settle();
  }

  /// Lets time pass: timers fire when they are due.
  World& advance(duration x) {
    auto until = now + x;
    while (!timers.empty() && timers.begin()->first <= until)
      fire();
    now = until;
    return self();
  }

  /// Lets the next timer fire, and no other.
  World& fire() {
    auto timer = *timers.begin();
    timers.erase(timers.begin());
    now = timer.first;
    core.timeout(timer.second, now);
    return settle();
  }

  /// Carries out what the core wants, until it wants nothing more.
  World& settle() {
    auto& todo = core.actions();
    for (size_t i = 0; i < todo.size(); ++i) {
      auto next = std::move(todo[i]);
      std::visit([this](auto& x) { self().perform(x); }, next);
    }
    todo.clear();
    return self();
  }

  // -- what has come of it ----------------------------------------------------

  /// `ok`, `not_found`, ...; empty if not answered, `twice` if answered twice.
  std::string answer(request_token x) const {
    auto n = replies.count(x);
    if (n == 1)
      return to_string(replies.find(x)->second.result);
    return n == 0 ? "" : "twice";
  }

  /// How many reports of this kind there were.
  size_t count(supervision_report::kind x) const {
    return static_cast<size_t>(std::count_if(
      reports.begin(), reports.end(), [x](auto& r) { return r.what == x; }));
  }

  Core core;
  time_point now{std::chrono::hours{1}};
  std::vector<supervision_report> reports;
  std::multimap<request_token, action::reply> replies;
  std::multimap<time_point, uint64_t> timers;
  exit_status end; ///< with which the supervisor ended

protected:
  template <class... Ts>
  explicit decider_world(Ts&&... xs) : core{std::forward<Ts>(xs)...} {}

  template <class F>
  request_token ask(F f) {
    auto token = ++last_token_;
    f(token);
    settle();
    return token;
  }

  uint64_t serial(const std::string& id) { return serials_[core.find(id)]; }

  /// The child answers to being started, as the first of `plan` says, which is
  /// then used up unless it is the last.
  void start(const action::start& x, std::vector<at_start>& plan) {
    serials_[x.slot] = x.serial;
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

  void stop(const action::stop& x, at_stop how) {
    if (how == at_stop::obeys)
      core.down(x.slot, x.serial, told, now);
    else if (how == at_stop::ends_normally)
      core.down(x.slot, x.serial, normal, now);
    else if (how == at_stop::crashes)
      core.down(x.slot, x.serial, crash, now);
  }

  void kill(const action::kill& x, at_stop how) {
    if (how != at_stop::is_immortal)
      core.down(x.slot, x.serial, killed, now);
  }

  void perform(action::set_timer& x) { timers.emplace(now + x.delay, x.timer); }

  void perform(action::reply& x) { replies.emplace(x.to, std::move(x)); }

  void perform(supervision_report& x) { reports.push_back(std::move(x)); }

  request_token last_token_ = 0;
  std::map<slot_id, uint64_t> serials_;

private:
  World& self() { return static_cast<World&>(*this); }
};

} // namespace supervision_tests
