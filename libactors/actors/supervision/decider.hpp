#pragma once

#include <actors/supervision/decisions.hpp>
#include <actors/supervision/restart_budgets.hpp>
#include <actors/supervision/stop_errors.hpp>

#include <map>
#include <unordered_map>
#include <vector>

namespace actors {

/// The decisions of a supervisor as a state machine: inputs with a time stamp
/// go in, actions come out. It has no threads, no clock and no CAF, so every
/// history can be replayed. The supervisor actor (supervisor.hpp) carries the
/// actions out and feeds their outcome back.
///
/// This is the life of each single child, from its start to its end, which is
/// the same under all supervisors. What its start and its end mean for the
/// others is decided by supervisor_core (core.hpp) and, for dynamic
/// supervisors, dynamic_core.
///
/// A child occupies a *slot* for as long as its specification is known. Each
/// start has a *serial*, unique in this supervisor: what is said of an older
/// one is ignored. Not thread safe. Cost: 48 bytes a child.
class decider {
public:
  using policy_ptr = std::shared_ptr<const child_policy>;

  explicit decider(const supervisor_policy& policy);

  virtual ~decider() = default;

  // -- inputs: each appends to actions() --------------------------------------

  /// Starts what is to be started.
  virtual void boot(time_point now) = 0;

  void started(slot_id slot, uint64_t serial, time_point now);
  void ignored(slot_id slot, uint64_t serial, time_point now);

  /// Of a child that runs it means nothing: it has said otherwise before.
  void
  start_failed(slot_id slot, uint64_t serial, exit_status why, time_point now);
  void down(slot_id slot, uint64_t serial, exit_status why, time_point now);
  void timeout(uint64_t timer, time_point now);

  /// A sign of life, asked for by action::probe or not.
  void alive(slot_id slot, uint64_t serial);

  /// The incarnation is known to make no progress: as if it had not answered.
  void hung(slot_id slot, uint64_t serial, exit_status why, time_point now);

  /// It says that all is well: its backoff starts anew.
  void healthy(slot_id slot, uint64_t serial);

  /// Something was restarted below the supervisor in this slot.
  void restarted_below(slot_id slot, time_point now);

  /// Stops all children, then ends with `why`.
  void shutdown(exit_status why, time_point now);

  // -- requests: each is answered by one action::reply ------------------------

  /// A child with a specification of its own; not for a dynamic one.
  virtual void
  start_child(policy_ptr policy, request_token from, time_point now) = 0;
  virtual void terminate_child(const std::string& id,
                               request_token from,
                               time_point now) = 0;
  virtual void
  restart_child(const std::string& id, request_token from, time_point now) = 0;
  virtual void
  delete_child(const std::string& id, request_token from, time_point now) = 0;

  // -- settings ---------------------------------------------------------------

  /// Whether a supervisor above wants to hear of restarts (a subtree budget).
  void counts_above(bool value) { counts_above_ = value; }

  /// Whether anybody wants reports; if not, none are made.
  void listen(bool value) { listening_ = value; }

  // -- outputs and queries ----------------------------------------------------

  /// What is to be done, in order; the caller takes them out.
  std::vector<supervisor_action>& actions() { return actions_; }

  const supervisor_policy& policy() const { return policy_; }

  /// The child with this id; `no_slot` if there is none.
  virtual slot_id find(const std::string& id) const = 0;
  virtual std::string id_of(slot_id slot) const = 0;
  virtual child_view view(slot_id slot) const;
  virtual std::vector<child_view> which_children() const = 0;
  virtual child_counts count_children() const = 0;

  /// How many children there are, running or not.
  size_t size() const { return size_; }

  uint64_t total_restarts() const { return total_restarts_; }

  bool ended() const { return mode_ == mode::ended; }

protected:
  enum class mode : uint8_t { idle, booting, running, stopping, ended };

  struct child {
    child_state state = child_state::stopped;
    bool in_use : 1 = false;
    bool fresh : 1 = false;    ///< added by a request not yet answered
    bool by_force : 1 = false; ///< this incarnation was killed by us
    bool overdue : 1 = false;  ///< it did not stop within its grace
    bool doomed : 1 = false;   ///< it did not acknowledge its start in time
    bool silent : 1 = false;   ///< it owes a sign of life
    bool awaited : 1 = false;  ///< somebody waits for its start or its end
    bool significant : 1 = false;
    uint32_t timer = 0;    ///< number of the timer that counts; 0: none
    uint32_t attempts = 0; ///< restarts in a row, for the backoff
    uint32_t turn = 0;     ///< how many children this place has had
    uint64_t serial = 0;
    uint64_t incarnation = 0;
    uint64_t restarts = 0;
    time_point since{};
  };

  // -- what the kinds of supervisors decide -----------------------------------

  virtual const policy_ptr& policy_of(slot_id slot) const = 0;

  /// Gives the place of a child up, which has no incarnation.
  virtual void remove(slot_id slot) = 0;

  /// Whether nothing is to be left of a child that has been stopped.
  virtual bool forgets(slot_id slot) const = 0;

  /// A child did not want to run. @pre it is stopped
  virtual void declined(slot_id slot) = 0;

  /// A child ended by itself. @pre it is stopped
  virtual void after_end(slot_id slot, exit_status why, time_point now) = 0;

  /// A child is to be started again, after `delay`; a `retry` must not be made
  /// at once. @pre it is restarting
  virtual void
  start_again(slot_id slot, bool retry, duration delay, time_point now);

  /// Does what can be done next, after any change.
  virtual void advance(time_point now) = 0;

  virtual void begin_stop(exit_status why, time_point now) = 0;

  /// A timer that is no child's, see `arm_common`.
  virtual void common_timeout(uint32_t number, time_point now) = 0;

  // -- what they share --------------------------------------------------------

  // children
  slot_id take_place();
  void leave_place(slot_id slot);
  void set_state(child& c, child_state state, time_point now);
  child* live(slot_id slot, uint64_t serial);

  child& at(slot_id slot) { return children_[slot]; }

  const child& at(slot_id slot) const { return children_[slot]; }

  /// One past the last slot that was ever used.
  slot_id end_slot() const { return static_cast<slot_id>(children_.size()); }

  bool in_use(slot_id slot) const {
    return slot < children_.size() && children_[slot].in_use;
  }

  size_t active() const { return live_; }

  // one child
  void launch(slot_id slot, bool again, time_point now);
  void halt(slot_id slot, time_point now);
  void kill(slot_id slot, child_state as, time_point now);
  void watch(slot_id slot);
  void restart(slot_id slot, bool retry, time_point now);
  void lost(slot_id slot, time_point now);
  void end_for(slot_id slot, request_token from, time_point now);

  // all of them
  void give_up(slot_id slot, time_point now);

  bool is_over() const { return mode_ >= mode::stopping; }

  void finish(time_point now);

  // requests
  void wait(slot_id slot, request_token token, bool for_start);
  void answer(slot_id slot,
              bool for_start,
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
  uint32_t arm_common(duration delay);

  template <class T>
  void act(T what) {
    actions_.emplace_back(std::move(what));
  }

  supervisor_policy policy_;
  restart_budgets budgets_;
  mode mode_ = mode::idle;
  exit_status exit_status_;     ///< with which it will end
  uint64_t random_;             ///< for the jitter
  size_t significant_ = 0;      ///< significant children that are not stopped
  bool stops_at_once_ = false;  ///< then errors of the stop are gathered
  bool counts_stopped_ = false; ///< so are those that stop as they should
  bool one_stop_timer_ = false; ///< then children have none of their own

private:
  /// Somebody who waits for a child to be started or stopped.
  struct waiter {
    request_token token;
    bool for_start;
  };

  void timeout_of(slot_id slot, time_point now);
  void check_life(slot_id slot, time_point now);
  void ended(slot_id slot, exit_status why, time_point now);
  void halted(slot_id slot, exit_status why, time_point now);
  void failed(slot_id slot, exit_status why, time_point now);
  void report_stop(slot_id slot, exit_status why, time_point now);
  bool has_start_waiter(slot_id slot) const;
  uint32_t next_timer();

  std::vector<child> children_;
  std::vector<slot_id> free_;
  std::vector<supervisor_action> actions_;
  std::multimap<slot_id, waiter> waiting_;
  std::unordered_map<slot_id, exit_status> hung_; ///< why each was killed
  stop_errors stop_errors_;
  uint32_t stopped_well_ = 0; ///< if they are counted
  size_t size_ = 0;
  size_t live_ = 0; ///< children that have an incarnation
  uint64_t serial_ = 0;
  uint64_t total_restarts_ = 0;
  uint32_t timer_ = 0;
  bool counts_above_ = false;
  bool listening_ = true;
};

} // namespace actors
