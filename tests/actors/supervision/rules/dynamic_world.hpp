#pragma once

#include <actors/supervision/dynamic_core.hpp>

#include <functional>
#include <map>
#include <string>
#include <tests/actors/supervision/core_world.hpp>
#include <vector>

/// A world for a dynamic_core, as core_world.hpp has one for supervisor_core.
namespace supervision_tests {

class dynamic_world : public decider_world<dynamic_world, dynamic_core> {
public:
  dynamic_world(supervisor_policy how,
                child_policy pattern,
                size_t max_children = unlimited)
    : decider_world{how, max_children,
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

  // -- what has come of it ----------------------------------------------------

  std::string states() const {
    std::string text;
    for (auto& x : core.which_children())
      text += (text.empty() ? "" : ", ") + x.id + " " + to_string(x.state);
    return text;
  }

  /// How a child answers to being stopped, by slot.
  std::function<at_stop(slot_id)> stops = [](slot_id) {
    return at_stop::obeys;
  };
  /// Whether a child gives a sign of life when it is asked for one.
  std::function<bool(slot_id)> lives = [](slot_id) { return true; };
  std::map<std::string, size_t> done; ///< how often: start, stop, kill, ...

private:
  friend decider_world;
  using decider_world::perform;
  using decider_world::start;

  void perform(action::start& x) {
    ++done["start"];
    if (x.incarnation == 1)
      plans_[x.slot] = std::move(next_);
    start(x, plans_[x.slot]);
  }

  void perform(action::stop& x) {
    ++done["stop"];
    stop(x, stops(x.slot));
  }

  void perform(action::kill& x) {
    ++done["kill"];
    kill(x, stops(x.slot));
  }

  void perform(action::cut_off&) { ++done["cut_off"]; }

  void perform(action::probe& x) {
    if (lives(x.slot))
      core.alive(x.slot, x.serial);
  }

  void perform(action::count_above&) { ++done["count_above"]; }

  void perform(action::adopt&) { ++done["adopt"]; }

  void perform(action::forget&) { ++done["forget"]; }

  void perform(action::booted&) { ++done["booted"]; }

  void perform(action::exit& x) {
    ++done["exit"];
    end = x.status;
  }

  std::vector<at_start> next_;
  std::map<slot_id, std::vector<at_start>> plans_;
};

} // namespace supervision_tests
