#pragma once

#include <actors/supervision/decider.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace actors {

/// The decisions of an ordinary supervisor: its children stand in an order, in
/// which they are started, stopped and, by the strategy, restarted together.
class supervisor_core : public decider {
public:
  /// @pre `policy` and the children's policies have no problem and the ids
  ///      are unique (see `check` in spec.hpp).
  supervisor_core(supervisor_policy policy, std::vector<policy_ptr> children);

  /// Starts the children in order.
  void boot(time_point now) override;

  // -- requests ---------------------------------------------------------------

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

  // -- queries ----------------------------------------------------------------

  slot_id find(const std::string& id) const override;
  std::string id_of(slot_id slot) const override;
  /// In start order.
  std::vector<child_view> which_children() const override;
  child_counts count_children() const override;

private:
  enum class phase : uint8_t { stopping, waiting, starting };

  /// Where a child stands; by slot.
  struct place {
    policy_ptr policy;
    slot_id prev = no_slot;
    slot_id next = no_slot;
    uint64_t order = 0; ///< grows with each new child
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

  // children
  const policy_ptr& policy_of(slot_id slot) const override;
  slot_id add(policy_ptr policy);
  void remove(slot_id slot) override;
  bool forgets(slot_id slot) const override;
  void declined(slot_id slot) override;
  void after_end(slot_id slot, exit_status why, time_point now) override;

  // restarts
  void start_again(slot_id slot,
                   bool retry,
                   duration delay,
                   time_point now) override;
  void begin_round(slot_id trigger, bool pause, duration delay, time_point now);
  void common_timeout(uint32_t number, time_point now) override;
  void advance(time_point now) override;
  void advance_round(time_point now);
  bool stop_from_cursor(time_point now);
  bool start_from_cursor(time_point now);
  void end_round(time_point now);
  slot_id pending_from() const;
  void call_off(slot_id slot, time_point now);

  // its end
  std::optional<exit_status> end_with(slot_id slot, time_point now);
  void begin_stop(exit_status why, time_point now) override;
  void release_waiting(time_point now);
  void advance_stop(time_point now);

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
  void drain_requests(time_point now);

  // live change
  void set_policy(const supervisor_policy& policy, time_point now);
  void adopt(slot_id slot, policy_ptr policy, time_point now);
  std::vector<slot_id> listed() const;
  void put_in_order(const std::vector<slot_id>& list, uint64_t newest);

  std::vector<place> places_;
  std::unordered_map<std::string, slot_id> by_id_;
  slot_id first_ = no_slot;
  slot_id last_ = no_slot;
  uint64_t order_ = 0;
  std::optional<round> round_;
  std::optional<exit_status> ends_after_boot_; ///< when all have started
  slot_id stop_cursor_ = no_slot;
  std::deque<request> deferred_;
};

} // namespace actors
