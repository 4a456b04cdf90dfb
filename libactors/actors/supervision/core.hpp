#pragma once

#include <actors/supervision/policy.hpp>
#include <actors/supervision/restart_budgets.hpp>
#include <actors/supervision/stop_errors.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

/// The decisions of a supervisor as a state machine: inputs with a time stamp
/// go in, actions come out. It has no threads, no clock and no CAF, so every
/// history can be replayed. The supervisor actor (supervisor.hpp) carries the
/// actions out and feeds their outcome back.
///
/// A child occupies a *slot* for as long as its specification is known. Each
/// start has a *serial*, unique in this supervisor: what is said of an older
/// one is ignored. Not thread safe.
namespace actors {

using slot_id = uint32_t;
inline constexpr slot_id no_slot = ~slot_id{0};

/// Names a pending request of somebody outside; 0 is nobody.
using request_token = uint64_t;

enum class child_state : uint8_t {
  stopped,    ///< no incarnation; stays so until somebody starts it
  starting,   ///< started, not yet acknowledged
  running,    ///< acknowledged
  restarting, ///< waits for its next start
  stopping,   ///< was asked to stop
  killing,    ///< was killed, not yet gone
  hung,       ///< gave no sign of life and was killed for it, not yet gone
};

std::string to_string(child_state x);

inline bool has_incarnation(child_state x) {
  return x != child_state::stopped && x != child_state::restarting;
}

/// The answer to a request.
enum class op_result : uint8_t {
  ok,
  ignored,         ///< the child declined to start, without an error
  already_started, ///< the id is in use by a child that runs
  already_present, ///< the id is in use by a child that is stopped
  not_found,       ///< no child has this id
  running,         ///< not while the child runs
  restarting,      ///< not while the child is being restarted
  start_failed,    ///< the text has the reason
  invalid,         ///< the specification is; the text has the reason
  stopping,        ///< the supervisor is about to end
  max_children,    ///< it has as many children as it may have
  unsupported,     ///< not by this kind of supervisor
};

std::string to_string(op_result x);

/// What happened, for subscribers, the log and `lepton events`.
struct supervision_report {
  enum class kind : uint8_t {
    child_started, ///< acknowledged
    child_ended,   ///< by itself
    child_stopped, ///< by us, as asked
    start_failed,  ///< with the reason
    stop_failed,   ///< ended otherwise than asked (OTP: shutdown_error)
    child_lost,    ///< does not react to being killed; cut off
    restarting,    ///< after `delay`
    gave_up,       ///< too many restarts (reached_max_restart_intensity)
    child_hung,    ///< gave no sign of life; is being killed
    escalated,     ///< a supervisor below gave up, which is now our matter
    auto_shutdown, ///< its end ends the supervisor
  };
  kind what;
  slot_id slot; ///< no_slot: of several children, see `count`
  uint64_t incarnation;
  exit_status reason;
  duration took{0};       ///< start: until acknowledged; end: up time
  duration delay{0};      ///< until the restart
  uint32_t restarts_left; ///< that this child may cause before we give up
  uint32_t count = 1;     ///< children that this is true of
};

std::string to_string(supervision_report::kind x);

/// A child as `which_children` shows it.
struct child_view {
  slot_id slot = no_slot;
  std::shared_ptr<const child_policy> policy; ///< null if there is no child
  child_state state = child_state::stopped;
  uint64_t incarnation = 0; ///< starts so far
  uint64_t restarts = 0;    ///< starts after the first that nobody asked for
  time_point since{};       ///< of the state
  std::string id{};         ///< empty: that of the policy
};

namespace action {

/// Start an incarnation; answer with started, start_failed, ignored or down.
struct start {
  slot_id slot;
  uint64_t serial;
  uint64_t incarnation; ///< 1 for the first start of this child
};

/// Ask an incarnation to stop; answer with down when it is gone.
struct stop {
  slot_id slot;
  uint64_t serial;
};

/// End an incarnation by force; answer with down when it is gone.
struct kill {
  slot_id slot;
  uint64_t serial;
};

/// Ask a running incarnation for a sign of life; answer with alive.
struct probe {
  slot_id slot;
  uint64_t serial;
};

/// Tell the supervisor above that something was restarted at or below this
/// one; it is its restarted_below.
struct count_above {};

/// Forget an incarnation that will not die: it must get no more messages.
struct cut_off {
  slot_id slot;
  uint64_t serial;
};

/// Call `timeout(timer)` after `delay`. Timers are never cancelled; the core
/// ignores those it has no more use for.
struct set_timer {
  uint64_t timer;
  duration delay;
};

struct reply {
  request_token to;
  op_result result;
  child_view child; ///< as it was when this was decided; it may be gone now
  std::string text;
};

/// The child has another policy now, or is a new one that waits to be started.
struct adopt {
  slot_id slot;
  std::shared_ptr<const child_policy> policy; ///< the child may be gone by now
};

/// The child's specification is gone, and with it its slot.
struct forget {
  slot_id slot;
};

/// All children are started: the supervisor may acknowledge its own start.
struct booted {};

/// All children are gone: the supervisor ends with this status.
struct exit {
  exit_status status;
};

} // namespace action

using supervisor_action = std::variant<action::start,
                                       action::stop,
                                       action::kill,
                                       action::cut_off,
                                       action::probe,
                                       action::count_above,
                                       action::set_timer,
                                       action::reply,
                                       action::adopt,
                                       action::forget,
                                       action::booted,
                                       action::exit,
                                       supervision_report>;

struct child_counts {
  size_t specs = 0;
  size_t active = 0; ///< starting, running or stopping
  size_t supervisors = 0;
  size_t workers = 0;
  /// Incarnations that do not react to being killed and are still there; the
  /// core does not know whether they have come round, its owner may.
  size_t lost = 0;
};

/// What the actor that carries a core's actions out needs of it, be it that of
/// an ordinary supervisor (below) or of a dynamic one (dynamic_core.hpp). The
/// functions are described there.
class decider {
public:
  using policy_ptr = std::shared_ptr<const child_policy>;

  virtual ~decider() = default;

  virtual void boot(time_point now) = 0;
  virtual void started(slot_id slot, uint64_t serial, time_point now) = 0;
  virtual void ignored(slot_id slot, uint64_t serial, time_point now) = 0;
  virtual void start_failed(slot_id slot,
                            uint64_t serial,
                            exit_status why,
                            time_point now) = 0;
  virtual void
  down(slot_id slot, uint64_t serial, exit_status why, time_point now) = 0;
  virtual void timeout(uint64_t timer, time_point now) = 0;
  virtual void alive(slot_id slot, uint64_t serial) = 0;
  virtual void
  hung(slot_id slot, uint64_t serial, exit_status why, time_point now) = 0;
  virtual void healthy(slot_id slot, uint64_t serial) = 0;
  virtual void restarted_below(slot_id slot, time_point now) = 0;
  virtual void shutdown(exit_status why, time_point now) = 0;

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

  virtual void counts_above(bool value) = 0;

  /// Whether anybody wants reports; if not, none are made.
  void listen(bool value) { listening_ = value; }

  virtual std::vector<supervisor_action>& actions() = 0;

  virtual const supervisor_policy& policy() const = 0;
  virtual slot_id find(const std::string& id) const = 0;
  virtual child_view view(slot_id slot) const = 0;
  virtual std::vector<child_view> which_children() const = 0;
  virtual child_counts count_children() const = 0;

protected:
  bool listening_ = true;
};

class supervisor_core : public decider {
public:
  /// @pre `policy` and the children's policies have no problem and the ids
  ///      are unique (see `check` in spec.hpp).
  supervisor_core(supervisor_policy policy, std::vector<policy_ptr> children);

  // -- inputs: each appends to actions() --------------------------------------

  /// Starts the children in order.
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

  /// A sign of life, asked for by action::probe or not.
  void alive(slot_id slot, uint64_t serial) override;

  /// The incarnation is known to make no progress: as if it had not answered.
  void
  hung(slot_id slot, uint64_t serial, exit_status why, time_point now) override;

  /// It says that all is well: its backoff starts anew.
  void healthy(slot_id slot, uint64_t serial) override;

  /// Something was restarted below the supervisor in this slot.
  void restarted_below(slot_id slot, time_point now) override;

  /// Stops all children, then ends with `why`.
  void shutdown(exit_status why, time_point now) override;

  // -- requests: each is answered by one action::reply ------------------------

  void
  start_child(policy_ptr policy, request_token from, time_point now) override;
  void terminate_child(const std::string& id,
                       request_token from,
                       time_point now) override;
  void restart_child(const std::string& id,
                     request_token from,
                     time_point now) override;
  void delete_child(const std::string& id,
                    request_token from,
                    time_point now) override;

  /// Whether a supervisor above wants to hear of restarts (a subtree budget).
  void counts_above(bool value) override { counts_above_ = value; }

  /// Gives the supervisor another policy and list of children while it runs
  /// (OTP: code_change). Children whose ids are known get their new policy and
  /// go on running, in the new order; new ones are added and not started; those
  /// that the list does not name stay as they are, after the others.
  void replace(supervisor_policy policy,
               std::vector<policy_ptr> children,
               request_token from,
               time_point now);

  /// The same for the supervisor's own policy alone.
  using settings_change =
    std::function<supervisor_policy(const supervisor_policy&)>;

  void
  replace_policy(settings_change change, request_token from, time_point now);

  /// From the present policy of a child to its next one, with the same id.
  using policy_change = std::function<policy_ptr(const policy_ptr&)>;

  void replace_child(const std::string& id,
                     policy_change change,
                     request_token from,
                     time_point now);

  // -- outputs ----------------------------------------------------------------

  /// What is to be done, in order; the caller takes them out.
  std::vector<supervisor_action>& actions() override { return actions_; }

  // -- queries ----------------------------------------------------------------

  const supervisor_policy& policy() const override { return policy_; }

  /// The child with this id; `no_slot` if there is none.
  slot_id find(const std::string& id) const override;
  child_view view(slot_id slot) const override;
  /// In start order.
  std::vector<child_view> which_children() const override;
  child_counts count_children() const override;

  uint64_t total_restarts() const { return total_restarts_; }

  bool ended() const { return mode_ == mode::ended; }

private:
  enum class mode : uint8_t { idle, booting, running, stopping, ended };
  enum class phase : uint8_t { stopping, waiting, starting };

  /// Why an incarnation is being stopped, when that is not plain.
  enum class fate : uint8_t { none, failed_start };

  struct child {
    policy_ptr policy;
    child_state state = child_state::stopped;
    fate doom = fate::none;
    bool in_use = false;
    bool fresh = false;    ///< added by a start_child not yet answered
    bool by_force = false; ///< this incarnation was killed by us
    bool overdue = false;  ///< it did not stop within its grace
    bool silent = false;   ///< it owes a sign of life
    slot_id prev = no_slot;
    slot_id next = no_slot;
    uint32_t attempts = 0; ///< restarts in a row, for the backoff
    uint32_t timer = 0;    ///< number of the timer that counts
    uint64_t serial = 0;
    uint64_t order = 0; ///< place among the siblings; grows with each new one
    uint64_t incarnation = 0;
    uint64_t restarts = 0;
    time_point since{};
  };

  /// Children from `from` on are stopped, then started, in order.
  struct round {
    slot_id from;
    slot_id cursor;
    slot_id trigger; ///< whose restart began it; no_slot at boot
    phase now;
    bool pause;     ///< return to the mailbox before starting
    duration delay; ///< the trigger's backoff
    uint32_t timer = 0;
    time_point due{}; ///< when the waiting ends
  };

  /// Somebody who waits for a child to be started or stopped.
  struct waiter {
    request_token token;
    bool for_start;
  };

  // children
  slot_id add(policy_ptr policy);
  void remove(slot_id slot);
  void set_state(child& c, child_state state, time_point now);
  child* live(slot_id slot, uint64_t serial);

  // one child
  void launch(slot_id slot, bool again, time_point now);
  void halt(slot_id slot, time_point now);
  void kill(slot_id slot, child_state as, time_point now);
  void watch(slot_id slot);
  void check_life(slot_id slot, time_point now);
  void timeout_of(slot_id slot, time_point now);
  void ended(slot_id slot, exit_status why, time_point now);
  void halted(slot_id slot, exit_status why, time_point now);
  void failed(slot_id slot, exit_status why, time_point now);
  void lost(slot_id slot, time_point now);
  void report_stop(slot_id slot, exit_status why, time_point now);

  // restarts
  void restart(slot_id slot, bool retry, time_point now);
  duration next_delay(child& c, time_point now);
  void begin_round(slot_id trigger, bool pause, duration delay, time_point now);
  void advance(time_point now);
  void advance_round(time_point now);
  bool stop_from_cursor(time_point now);
  bool start_from_cursor(time_point now);
  void end_round(time_point now);
  slot_id pending_from() const;
  void call_off(slot_id slot, time_point now);
  void give_up(slot_id slot, time_point now);
  std::optional<exit_status> end_with(slot_id slot, time_point now);
  void begin_stop(exit_status why, time_point now);
  void release_waiting(time_point now);
  void advance_stop(time_point now);
  void report_stop_errors(time_point now);

  // requests
  struct replacement {
    supervisor_policy policy;
    std::vector<policy_ptr> children;
    // One of these alone may be given instead:
    policy_change change; ///< of one child
    settings_change settings;
  };

  struct request {
    enum class kind : uint8_t {
      start,
      terminate,
      restart,
      remove,
      replace,
      replace_one,
      replace_policy,
    } what;
    request_token from;
    std::string id;
    policy_ptr policy;
    std::shared_ptr<replacement> next = nullptr;
  };

  bool busy() const;
  void handle(request req, time_point now);
  void execute(request& req, time_point now);
  void execute_start(request& req, time_point now);
  void execute_terminate(request& req, time_point now);
  void execute_restart(request& req, time_point now);
  void execute_delete(request& req, time_point now);
  void execute_replace(request& req, time_point now);
  void execute_replace_one(request& req, time_point now);
  void execute_replace_policy(request& req, time_point now);
  slot_id find_stopped(const request& req);
  void reply(request_token to,
             op_result result,
             slot_id slot = no_slot,
             std::string text = {});
  void
  answer_start(slot_id slot, op_result result, const std::string& text = {});
  void answer_stop(slot_id slot);
  bool has_start_waiter(slot_id slot) const;
  void drain_requests(time_point now);

  // live change
  void set_policy(const supervisor_policy& policy, time_point now);
  void adopt(slot_id slot, policy_ptr policy, time_point now);
  std::vector<slot_id> listed() const;
  void put_in_order(const std::vector<slot_id>& list, uint64_t newest);

  // actions
  void report(supervision_report::kind what,
              slot_id slot,
              exit_status why,
              time_point now,
              duration took = {},
              duration delay = {});
  void arm(slot_id slot, duration delay);
  uint32_t next_timer();

  template <class T>
  void act(T what) {
    actions_.emplace_back(std::move(what));
  }

  supervisor_policy policy_;
  restart_budgets budgets_;
  bool counts_above_ = false;
  std::optional<exit_status> ends_after_boot_;    ///< when all have started
  std::unordered_map<slot_id, exit_status> hung_; ///< why each was killed
  size_t significant_ = 0; ///< significant children that are not stopped
  stop_errors stop_errors_;
  mode mode_ = mode::idle;
  exit_status exit_status_;
  std::vector<child> children_;
  std::vector<slot_id> free_;
  std::unordered_map<std::string, slot_id> by_id_;
  slot_id first_ = no_slot;
  slot_id last_ = no_slot;
  std::optional<round> round_;
  slot_id stop_cursor_ = no_slot;
  std::deque<request> deferred_;
  std::multimap<slot_id, waiter> waiting_;
  std::vector<supervisor_action> actions_;
  size_t live_ = 0; ///< children that have an incarnation
  uint64_t serial_ = 0;
  uint64_t order_ = 0;
  uint32_t timer_ = 0;
  uint64_t total_restarts_ = 0;
  uint64_t random_;
};

} // namespace actors
