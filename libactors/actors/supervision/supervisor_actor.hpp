#pragma once

#include <actors/supervision/actor_scope.hpp>
#include <actors/supervision/dynamic_core.hpp>
#include <actors/supervision/messages.hpp>
#include <actors/supervision/stable_handle.hpp>
#include <actors/supervision/timer_queue.hpp>

#include <mutex>
#include <optional>
#include <unordered_map>

/// Private to the library: the actor that carries out what supervisor_core
/// decides.
namespace actors {

/// How a start went, and what else an incarnation has to tell.
struct start_outcome {
  enum class kind : uint8_t {
    started,
    failed,
    ignored,
    healthy,         ///< what is up says that all is well
    restarted_below, ///< for a subtree budget
  } how;
  uint32_t slot;
  uint64_t serial;
  exit_status why;
};

struct process_up {
  uint32_t slot;
  uint64_t serial;
  process_started child;
};

struct process_down {
  uint32_t slot;
  uint64_t serial;
  exit_status why;
  bool as_asked; ///< exit code 0 or SIGTERM: fine, if we asked for it
};

/// A limit that is ignored.
struct process_notice {
  uint32_t slot;
  uint64_t serial;
  std::string text;
};

/// A timer of the core that is due at once, but not before the mail that
/// waits.

struct core_timer {
  uint64_t number;
};

/// To oneself: it is time for a snapshot of this child.
struct take_snapshot {
  slot_id slot;
  uint64_t serial;
  bool again; ///< after the interval of the child
};

/// The newest snapshot of a process that is being started.
struct snapshot_read {
  slot_id slot;
  uint64_t serial;
  std::optional<snapshot> newest;
  caf::error problem; ///< it could not be read
};

/// To oneself: has the mark of this child moved meanwhile?
struct look_at_mark {
  slot_id slot;
  uint64_t serial;
};

/// Timers of the core may be due.
struct timers_due {};

/// An incarnation has ended; from the attachable that watches it.
struct incarnation_down {
  uint32_t slot;
  uint64_t serial;
  caf::error reason;
};

/// Ends an actor by force; overtakes its queued messages.
void kill_actor(const caf::actor& x);

/// The end of a process, seen by the host's thread: its supervisor hears of it
/// by a message as long as there is one, else the spec's `on_down` does.
class process_departure {
public:
  /// The process has been reaped: calls `tell` of `orphaned`, if there is one.
  void exited();

  /// The supervisor ends: `tell` is called when the process has been reaped.
  void orphaned(std::function<void()> tell);

private:
  std::mutex mutex_; // guards what follows
  bool exited_ = false;
  std::function<void()> tell_;
};

/// The policies of the children, which keep the whole specification.
std::vector<std::shared_ptr<const child_policy>>
policies_of(const std::shared_ptr<const supervisor_spec>& spec);

/// What a supervisor owes to the one above it.
struct upward {
  std::shared_ptr<spec_cell> cell; ///< null for a root
  bool counts_restarts = false;    ///< wants to hear of them
};

/// A text that is mostly empty: one pointer, since there is one a child.
class rare_text {
public:
  rare_text& operator=(std::string x) {
    text_ = x.empty() ? nullptr : std::make_unique<std::string>(std::move(x));
    return *this;
  }

  std::string str() const { return text_ ? *text_ : std::string{}; }

private:
  std::unique_ptr<std::string> text_;
};

/// Where a supervisor stands: under which path, below whom.
struct position {
  std::string path;
  runtime_ptr runtime;
  caf::actor handle = {}; ///< its own stable handle; null for a root
  acknowledgement ack = {};
  upward above = {};
};

/// Of a supervisor that is started as a child.
inline position position_in(const start_context& ctx) {
  return {ctx.path,
          ctx.runtime,
          ctx.handle,
          ctx.ack,
          {ctx.cell, ctx.counts_restarts}};
}

class supervisor_actor : public caf::event_based_actor {
public:
  supervisor_actor(caf::actor_config& cfg,
                   position where,
                   std::shared_ptr<const supervisor_spec> spec);

  /// A dynamic one.
  supervisor_actor(caf::actor_config& cfg,
                   position where,
                   std::shared_ptr<const dynamic_spec> spec);

  const char* name() const override { return "supervisor"; }

  caf::behavior make_behavior() override;

  resume_result resume(caf::execution_unit* host,
                       size_t max_throughput) override {
    detail::actor_scope scope; // hooks and factories run in here
    return caf::event_based_actor::resume(host, max_throughput);
  }

  void on_exit() override;

private:
  supervisor_actor(caf::actor_config& cfg,
                   position where,
                   std::unique_ptr<decider> core);

  /// Of a child that is watched or keeps snapshots.
  struct special_care {
    bool running = false;              ///< has acknowledged its start
    restoration_ptr restores;          ///< null: no snapshots
    caf::strong_actor_ptr sink;        ///< where they go
    std::optional<snapshot_read> read; ///< by a process that starts
    uint64_t failed_snapshot = 0;      ///< with which starts have failed
    uint32_t failed_starts = 0;        ///< so many in a row
    progress_mark progress;            ///< of the incarnation
    uint64_t progress_seen = 0;        ///< its value when we last looked
  };

  /// What few children have.
  struct extras {
    std::shared_ptr<process_child> process;
    std::shared_ptr<process_departure> departure;
    caf::message args; ///< of start_child of a dynamic supervisor
    std::shared_ptr<segment_sink> memory;
    pid_t pid = 0;
    special_care care;
    std::unique_ptr<running_child> up; ///< what on_up was told
    std::shared_ptr<spec_cell> cell;   ///< of a supervisor
    size_t lost = 0;     ///< incarnations that were cut off and are still there
    std::string handled; ///< the message at which it crashed, for the report
    std::string notices; ///< those that were told of this child, a line each
  };

  /// What the actor knows of a child beside the core: its current incarnation.
  struct record {
    std::shared_ptr<const child_spec> spec;
    caf::actor handle;  ///< stable, made at the first start
    caf::actor current; ///< null between two incarnations
    uint64_t serial = 0;
    uint64_t incarnation = 0;
    rare_text last_exit;
    std::unique_ptr<extras> more; ///< null for most

    extras& own() {
      if (!more)
        more = std::make_unique<extras>();
      return *more;
    }

    process_child* process() const {
      return more ? more->process.get() : nullptr;
    }

    pid_t pid() const { return more ? more->pid : 0; }

    size_t lost() const { return more ? more->lost : 0; }

    restoration_ptr restores() const {
      return more ? more->care.restores : nullptr;
    }
  };

  using child_promise = caf::typed_response_promise<child_reply>;

  // inputs
  void on_down(incarnation_down& x);
  void on_timers();
  void on_outcome(start_outcome& x);
  void on_start_refused(start_outcome& x);
  void on_lost_one_gone(uint64_t serial);
  void on_process_up(process_up& x);
  void on_process_down(process_down& x);
  void on_process_notice(process_notice& x);
  caf::result<child_reply> on_start(start_child_request& req);
  caf::result<child_reply> on_request(child_request& req);
  caf::result<child_reply> on_instance(start_instance_request& req);
  caf::result<child_reply> on_terminate(terminate_handle_request& req);
  child_reply on_template(replace_template_request& req);
  caf::result<child_reply> on_replace(replace_request& req);
  caf::result<child_reply> on_replace_child(replace_child_request& req);
  caf::result<child_reply> on_change(change_supervisor_request& req);
  child_reply change_dynamic(const supervisor_changes& changes);
  child_reply use_template(std::shared_ptr<const dynamic_spec> next,
                           std::string text);
  caf::result<found_spec> on_spec(const child_spec_request& req);
  caf::result<tree_node> on_tree();
  caf::result<found_child> on_find(find_request& req);
  caf::result<caf::message> on_unexpected(caf::message_view& x);
  child_promise promise_for(request_token token);
  void keep_changes(const action::reply& x);
  void keep_changes_of(const std::string& id);
  child_reply show(const std::string& id);
  child_reply set_suspended(const std::string& id, bool value);
  child_reply kill_by_request(const std::string& id);

  // life
  void on_look(look_at_mark x);
  void on_alive(slot_id slot, uint64_t serial);
  void look_again(slot_id slot, const record& rec);
  void forgive(duration late);
  static bool moved(record& rec);

  // snapshots
  void on_take(take_snapshot x);
  const caf::strong_actor_ptr& sink_of(slot_id slot);
  void ask_for_snapshot(record& rec);
  void read_newest(slot_id slot);
  void on_read(snapshot_read& x);
  void begin_care(slot_id slot);
  void restore_process(slot_id slot, uint64_t serial);
  void process_is_ready(slot_id slot, uint64_t serial);
  void judge_restoration(record& rec);
  void stop_in_order(slot_id slot);
  void stop_now(record& rec);

  // actions
  void carry_out();
  void perform(action::start& x);
  void perform(action::stop& x);
  void perform(action::kill& x);
  void perform(action::cut_off& x);
  void perform(action::probe& x);
  void perform(action::count_above& x);
  void perform(action::set_timer& x);
  void perform(action::reply& x);
  void perform(action::adopt& x);
  void perform(action::forget& x);
  void perform(action::booted& x);
  void perform(action::exit& x);
  void perform(supervision_report& x);
  void start_actor(record& rec, const action::start& x, start_context ctx);
  void
  start_process(record& rec, const action::start& x, const start_context& ctx);
  caf::actor make_handle(slot_id slot);
  void settle(slot_id slot);
  void drop_incarnation(slot_id slot, const exit_status& why);
  void watch(const caf::actor& x, slot_id slot, uint64_t serial);
  void order_wake_up();
  void announce(slot_id slot);
  static void withdraw(record& rec);
  static void withdraw_when_gone(record& rec);

  // reports
  event event_of(std::string kind) const;
  event event_of(std::string kind, slot_id slot);
  void complete(event& e, supervision_report& x);
  void emit(event x);

  // views
  record* find(const std::string& id);
  record& at(slot_id slot);
  child_info info(const child_view& view);
  child_counts counts();
  std::vector<child_info> children();
  std::string path_of(slot_id slot) const;
  time_point now();

  std::string path_;
  runtime_ptr runtime_;
  caf::actor handle_; ///< our own stable handle; null for a root
  acknowledgement ack_;
  upward above_;
  /// What it is restarted with; one of them is null.
  std::shared_ptr<const supervisor_spec> spec_;
  std::shared_ptr<const dynamic_spec> pool_;
  std::unique_ptr<decider> decider_;
  decider& core_;
  supervisor_core* static_ = nullptr; ///< the same, if it is an ordinary one
  dynamic_core* dynamic_ = nullptr;   ///< the same, if it is a dynamic one
  std::vector<record> records_;       // by slot
  std::unordered_map<request_token, child_promise> promises_;

  /// What a request to change something will have changed.
  struct pending_change {
    enum class kind : uint8_t { all, child, policy } what;
    std::shared_ptr<const supervisor_spec> spec; ///< of all
    std::string text;                            ///< for the event
  };

  std::unordered_map<request_token, pending_change> replacing_;

  /// The incarnation that has gone last, for the reports that follow.
  struct departed {
    uint64_t serial = 0;
    pid_t pid = 0;
    exit_status why;
  } gone_;

  std::unordered_map<slot_id, uint64_t> awaited_;  ///< owe a sign of life
  std::unordered_map<uint64_t, std::string> lost_; ///< serials to ids
  timer_queue timers_;
  std::optional<time_point> wake_up_; ///< the next one that is ordered
  request_token last_token_ = 0;
  bool booted_ = false;
};

} // namespace actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::start_outcome)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::process_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::process_down)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::process_notice)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::core_timer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::timers_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::incarnation_down)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::look_at_mark)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::take_snapshot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::snapshot_read)
