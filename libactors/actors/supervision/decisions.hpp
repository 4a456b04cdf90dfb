#pragma once

#include <actors/supervision/policy.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

/// The words in which the cores of supervisors (decider.hpp) speak with whoever
/// carries their decisions out: states, answers, reports, actions. Plain data,
/// nothing here knows CAF.
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

} // namespace actors
