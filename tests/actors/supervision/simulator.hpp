#pragma once

#include <actors/supervision/core.hpp>

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

/// A whole tree of supervisor_cores in virtual time, driven by a seed: random
/// specifications, crashes, slow, failing and declined starts, deaf, hung and
/// immortal children, auto_shutdown, budgets of children and subtrees, requests
/// and other specifications in the middle, supervisors killed outright.
/// After every step it checks what must always hold and throws a
/// std::logic_error that says what does not.
namespace supervision_tests {

using namespace actors;
using namespace std::chrono_literals;

class simulator {
public:
  explicit simulator(uint64_t seed);

  /// One history: start, trouble, rest, shutdown.
  void run();

  /// What happened, for a seed that failed.
  const std::string& story() const { return story_; }

  void keep_story() { keep_story_ = true; }

  uint64_t steps() const { return steps_; }

private:
  struct blueprint {
    child_policy policy;
    std::shared_ptr<struct tree> below; ///< for supervisors
  };

  friend struct tree;

  /// A child that exists in the world.
  struct incarnation {
    uint64_t serial = 0;
    uint64_t node = 0; ///< of a supervisor
    bool up = false;
    bool asked = false;
    bool killed = false;
    bool silent = false; ///< owes a sign of life
    bool mute = false;   ///< will never give one
  };

  /// A supervisor that exists in the world.
  struct node {
    std::shared_ptr<struct tree> spec;
    std::unique_ptr<supervisor_core> core;
    supervisor_policy policy; ///< what it goes by now
    std::map<slot_id, supervisor_core::policy_ptr> policies;
    std::map<request_token, supervisor_policy> replacing;
    uint64_t parent = 0; ///< 0: the root
    slot_id slot = no_slot;
    uint64_t serial = 0;
    std::map<slot_id, incarnation> live;
    std::map<slot_id, std::set<uint64_t>> must_go;  ///< before it may restart
    std::vector<time_point> restarts;               ///< in the window
    std::vector<time_point> below;                  ///< the same of the subtree
    std::map<slot_id, std::vector<time_point>> own; ///< the same of children
    bool counts_above = false;
    std::set<std::string> excused; ///< may stay down: somebody wanted it so
    std::set<request_token> open;
    std::set<slot_id> forgotten;
    bool booted = false;
    bool stopping = false;
    bool ends_after_boot = false;

    bool must_end_with(slot_id child_slot, const exit_status& why);
  };

  // the world
  uint64_t make_node(std::shared_ptr<struct tree> spec,
                     uint64_t parent,
                     slot_id slot,
                     uint64_t serial);
  void settle(uint64_t id);
  uint64_t boot_below(uint64_t id,
                      const std::shared_ptr<struct tree>& spec,
                      const action::start& x);
  void come_up(uint64_t id, slot_id slot, uint64_t serial, int how);
  bool counts_restart(node& n, slot_id slot);
  void count_below(uint64_t id, slot_id slot);
  void check_round(node& n, slot_id slot);
  void check_gave_up(node& n, slot_id slot);
  void check_auto_shutdown(node& n, slot_id slot);
  void perform(uint64_t id, action::start& x);
  void perform(uint64_t id, action::stop& x);
  void perform(uint64_t id, action::kill& x);
  void perform(uint64_t id, action::cut_off& x);
  void perform(uint64_t id, action::probe& x);
  void perform(uint64_t id, action::count_above& x);
  void perform(uint64_t id, action::set_timer& x);
  void perform(uint64_t id, action::reply& x);
  void perform(uint64_t id, action::adopt& x);
  void perform(uint64_t id, action::forget& x);
  void perform(uint64_t id, action::booted& x);
  void perform(uint64_t id, action::exit& x);
  void perform(uint64_t id, supervision_report& x);
  void ends(uint64_t id, slot_id slot, uint64_t serial, exit_status why);
  void vanish(uint64_t id);
  void later(duration delay, std::function<void()> what);
  bool next_event();

  // trouble
  void trouble();
  void crash_somebody();
  void request_something();
  void request_replacement(uint64_t id, request_token token);
  void advance(duration x);

  // rules
  void require(bool holds, const std::string& rule) const;
  void check(uint64_t id);
  void check_at_rest();
  void check_stop_order(node& n, const action::stop& x);
  void run_until_quiet(duration at_most);

  // chance
  bool chance(int percent) { return pick(100) < percent; }

  int pick(int below) {
    return static_cast<int>(random_() % static_cast<unsigned>(below));
  }

  duration up_to(duration x) {
    return duration{
      static_cast<int64_t>(random_() % static_cast<uint64_t>(x.count() + 1))};
  }

  child_policy random_child(const std::string& id, auto_shutdown above);
  supervisor_policy random_policy();
  std::shared_ptr<struct tree> random_tree(int depth);
  exit_status random_end();
  void tell(const std::string& what);

  std::mt19937_64 random_;
  time_point now_{std::chrono::hours{1}};
  std::multimap<time_point, std::function<void()>> events_;
  std::map<uint64_t, std::unique_ptr<node>> nodes_;
  uint64_t last_node_ = 0;
  uint64_t root_ = 0;
  request_token last_token_ = 0;
  uint64_t steps_ = 0;
  uint64_t events_done_ = 0;
  bool calm_ = false; ///< no more trouble: starts succeed
  bool keep_story_ = false;
  std::string story_;
};

/// The specification of a supervisor of the simulation.
struct tree {
  supervisor_policy policy;
  std::vector<simulator::blueprint> children;
};

} // namespace supervision_tests
