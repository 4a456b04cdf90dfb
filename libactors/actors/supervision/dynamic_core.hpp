#pragma once

#include <actors/supervision/core.hpp>
#include <actors/supervision/restart_budgets.hpp>

#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

/// The decisions of a dynamic supervisor (OTP: simple_one_for_one): one
/// template, any number of children that come and go. Like supervisor_core it
/// is a state machine without threads, clock and CAF.
///
/// Children are independent: each is restarted alone, and all are stopped at
/// once, under one timer. A child that is gone leaves nothing: there are no
/// stopped children. What a child was started with is kept by who carries the
/// actions out, and only for as long as the child may be restarted.
///
/// Ids: a child that is given no name is `TEMPLATE-N` where N is its place,
/// from 1; the k-th child in the same place is `TEMPLATE-N.K`. So no id comes
/// twice and none takes memory. Cost: 64 bytes a child.
namespace actors {

/// No limit to the number of children.
inline constexpr size_t unlimited = std::numeric_limits<size_t>::max();

class dynamic_core : public decider {
public:
  /// @param policy `how` must be one_for_one; `stop` is not looked at
  /// @param pattern the template; it has no problem (see `check` in
  /// dynamic.hpp).
  dynamic_core(supervisor_policy policy,
               size_t max_children,
               policy_ptr pattern);

  // -- inputs: each appends to actions() --------------------------------------

  void boot(time_point now) override;
  void started(slot_id slot, uint64_t serial, time_point now) override;
  void ignored(slot_id slot, uint64_t serial, time_point now) override;
  void start_failed(slot_id slot,
                    uint64_t serial,
                    exit_status why,
                    time_point now) override;
  void
  down(slot_id slot, uint64_t serial, exit_status why, time_point now) override;
  void timeout(uint64_t timer, time_point now) override;
  void alive(slot_id slot, uint64_t serial) override;
  void
  hung(slot_id slot, uint64_t serial, exit_status why, time_point now) override;
  void healthy(slot_id slot, uint64_t serial) override;
  void restarted_below(slot_id slot, time_point now) override;
  void shutdown(exit_status why, time_point now) override;

  // -- requests: each is answered by one action::reply ------------------------

  /// A child of the template.
  /// @param name its id; empty: one is made
  /// @returns its slot, `no_slot` if it is refused: `max_children`,
  ///   `already_started` (the name is taken), `invalid` (it is no good),
  ///   `stopping`
  slot_id
  start_instance(const std::string& name, request_token from, time_point now);

  /// Ends a child, which is forgotten.
  void terminate_child(const std::string& id,
                       request_token from,
                       time_point now) override;
  void terminate(slot_id slot, request_token from, time_point now);

  /// Whether a supervisor above wants to hear of restarts (a subtree budget).
  void counts_above(bool value) override { counts_above_ = value; }

  /// New settings and a new template, from the next start of each child on.
  /// Children that run are left alone, also if they are too many now; restarts
  /// that were counted stay counted.
  void replace(supervisor_policy policy,
               size_t max_children,
               policy_ptr pattern,
               time_point now);

  // What only an ordinary supervisor can do is `unsupported`.
  void
  start_child(policy_ptr policy, request_token from, time_point now) override;
  void restart_child(const std::string& id,
                     request_token from,
                     time_point now) override;
  void delete_child(const std::string& id,
                    request_token from,
                    time_point now) override;

  // -- outputs and queries ----------------------------------------------------

  std::vector<supervisor_action>& actions() override { return actions_; }

  const supervisor_policy& policy() const override { return policy_; }

  size_t max_children() const { return max_children_; }

  /// How many children there are, running or not.
  size_t size() const { return size_; }

  slot_id find(const std::string& id) const override;
  child_view view(slot_id slot) const override;

  /// Also of one that is gone, until its place is taken.
  std::string id_of(slot_id slot) const;

  /// By place, which is no order of age.
  std::vector<child_view> which_children() const override;

  /// One spec; workers or supervisors are all children, active those that
  /// have an incarnation (OTP).
  child_counts count_children() const override;

private:
  enum class mode : uint8_t { idle, running, stopping, ended };

  struct child {
    child_state state = child_state::stopped;
    bool in_use = false;
    bool named = false;
    bool starting = false; ///< this incarnation has not acknowledged
    bool fresh = false;    ///< its first start is not acknowledged yet
    bool by_force = false; ///< this incarnation was killed by us
    bool overdue = false;  ///< its start or its stop took too long
    bool silent = false;   ///< it owes a sign of life
    bool awaited = false;  ///< somebody waits for its start or its end
    bool unwanted = false; ///< somebody asked for its end
    uint32_t timer = 0;    ///< number of the timer that counts
    uint32_t attempts = 0; ///< restarts in a row, for the backoff
    uint32_t turn = 0;     ///< how many children this place has had
    uint32_t incarnation = 0;
    uint32_t restarts = 0;
    uint64_t serial = 0;
    time_point since{};
  };

  struct waiter {
    request_token token;
    bool for_start;
  };

  // children
  slot_id take_place();
  void remove(slot_id slot);
  void set_state(child& c, child_state state, time_point now);
  child* live(slot_id slot, uint64_t serial);
  slot_id place_in(const std::string& id) const;
  op_result problem_with_name(const std::string& name) const;

  // one child
  void launch(slot_id slot, time_point now);
  void halt(slot_id slot, time_point now);
  void kill(slot_id slot, child_state as, time_point now);
  void timeout_of(slot_id slot, time_point now);
  void watch(slot_id slot);
  void check_life(slot_id slot, time_point now);
  void ended(slot_id slot, exit_status why, time_point now);
  void halted(slot_id slot, exit_status why, time_point now);
  void failed(slot_id slot, exit_status why, time_point now);
  void lost(slot_id slot, time_point now);
  void restart(slot_id slot, bool retry, time_point now);
  void give_up(slot_id slot, time_point now);

  // all of them
  void begin_stop(exit_status why, time_point now);
  void stop_timeout(time_point now);
  void report_stop(slot_id slot, exit_status why, time_point now);
  void end_if_empty(time_point now);

  // requests
  void wait(slot_id slot, request_token token, bool for_start);
  void answer(slot_id slot,
              bool starters,
              op_result result,
              const std::string& text = {});
  void reply(request_token to,
             op_result result,
             slot_id slot = no_slot,
             std::string text = {});

  // actions
  void report(supervision_report::kind what,
              slot_id slot,
              exit_status why,
              time_point now,
              duration took = {},
              duration delay = {});
  void arm(slot_id slot, duration delay);
  void arm_all(duration delay);
  uint32_t next_timer();

  template <class T>
  void act(T what) {
    actions_.emplace_back(std::move(what));
  }

  supervisor_policy policy_;
  size_t max_children_;
  policy_ptr template_;
  restart_budgets budgets_;
  mode mode_ = mode::idle;
  exit_status exit_status_;
  std::vector<child> children_;
  std::vector<slot_id> free_;
  std::unordered_map<std::string, slot_id> by_name_;
  std::unordered_map<slot_id, std::string> names_;
  std::unordered_multimap<slot_id, waiter> waiting_;
  std::vector<supervisor_action> actions_;
  stop_errors stop_errors_;
  uint32_t stopped_well_ = 0;                     ///< while all were stopped
  std::unordered_map<slot_id, exit_status> hung_; ///< while they are killed
  size_t size_ = 0;
  size_t live_ = 0; ///< children that have an incarnation
  uint64_t serial_ = 0;
  uint32_t timer_ = 0;
  uint32_t stop_timer_ = 0; ///< of the stop of all; 0: none
  bool killing_ = false;    ///< all: the stragglers have been killed
  bool counts_above_ = false;
  uint64_t random_;
};

} // namespace actors
