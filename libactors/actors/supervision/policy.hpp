#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What a supervisor decides by: the part of its specification that is plain
/// data. Nothing here knows CAF, so that the core can be driven by tests.
/// Names and defaults are those of OTP (stdlib, `supervisor`), see
/// docs/supervision.md.
namespace actors {

using duration = std::chrono::nanoseconds;
using time_point = std::chrono::steady_clock::time_point;

/// No deadline.
inline constexpr duration infinite = duration::max();

/// Which siblings share the fate of a child that has to be restarted.
enum class strategy : uint8_t {
  one_for_one,  ///< none
  one_for_all,  ///< all of them
  rest_for_one, ///< those started after it
};

/// Whether a child that has ended is started again.
enum class restart : uint8_t {
  permanent, ///< always
  transient, ///< only after an abnormal exit, see `is_abnormal`
  temporary, ///< never; its specification is dropped
};

enum class child_kind : uint8_t { worker, supervisor };

/// What an incarnation of a child runs on.
enum class carrier : uint8_t {
  actor,   ///< scheduled by the actor system
  thread,  ///< an actor with a thread of its own
  process, ///< an OS process of its own; the only one that can be killed
  remote,  ///< an actor on another node
};

/// How the children of a supervisor are stopped when it stops.
enum class stop_order : uint8_t {
  reverse,  ///< one after the other, the last started first
  parallel, ///< all at once; for pools whose members do not need each other
};

/// How long to wait before the n-th restart in a row of a child: nothing
/// before the first, then a random time up to `min * factor^(n-2)`, at most
/// `max` (full jitter). `min == 0` never waits, as OTP.
struct backoff {
  duration min{0};
  duration max{0};
  double factor = 2.0;                             ///< >= 1
  duration reset_after = std::chrono::seconds{30}; ///< up so long: n is 1 again
};

/// So many restarts within a time; one more is too many.
struct budget {
  uint32_t max_restarts = 1;
  duration within = std::chrono::seconds{5}; ///< > 0
};

/// Whether a supervisor ends when its significant children have ended by
/// themselves (a transient one normally, a temporary one in any way).
enum class auto_shutdown : uint8_t {
  never,
  any_significant, ///< when the first of them ends
  all_significant, ///< when the last of them ends
};

/// How one child is named, restarted and stopped.
struct child_policy {
  std::string id; ///< unique among its siblings; not empty, no '/'
  restart when = restart::permanent;
  child_kind kind = child_kind::worker;
  duration grace = std::chrono::seconds{5}; ///< from stop to kill; 0: kill
  duration start_within = infinite;         ///< to acknowledge its start
  actors::backoff delay;
  /// Its end may end the supervisor, see auto_shutdown; not if permanent.
  bool significant = false;
  /// For the restarts that this child itself causes, besides the supervisor's:
  /// when either is spent, the supervisor gives up.
  std::optional<budget> own_budget;
  /// A running child that gives no sign of life for so long is asked for one;
  /// without an answer for as long again it is hung: killed and replaced.
  duration liveness = infinite;
};

/// How a supervisor treats its children.
struct supervisor_policy {
  strategy how = strategy::one_for_one;
  uint32_t max_restarts = 1; ///< one more inside `within` ends the supervisor
  duration within = std::chrono::seconds{5}; ///< > 0
  stop_order stop = stop_order::reverse;
  /// How long a killed child may take to be gone before it is given up as
  /// lost: an actor inside a handler that never returns cannot be killed.
  duration lost_after = std::chrono::seconds{2};
  uint64_t seed = 0; ///< of the jitter
  auto_shutdown ends = auto_shutdown::never;
  /// For all restarts at or below this supervisor, at any depth, besides the
  /// budgets of those who do them. Each counts when this supervisor hears of
  /// it; one too many makes this supervisor give up.
  std::optional<budget> subtree;
};

/// How an incarnation ended.
struct exit_status {
  enum class kind : uint8_t {
    normal,   ///< by itself, with nothing to say
    shutdown, ///< because it was told to
    crashed,  ///< an exception, an error, a signal, a bad exit code
    killed,   ///< by force
    lost,     ///< it does not react, not even to being killed
    hung,     ///< it gave no sign of life
  };

  /// Why a supervisor ended, when nobody told it to.
  enum class cause : uint8_t {
    none,
    gave_up,       ///< too many restarts
    start_failed,  ///< a child did not start with it
    auto_shutdown, ///< significant children have ended
  };
  kind how = kind::normal;
  std::string text; ///< the exception's `what()`, the signal's name, ...
  cause because = cause::none;
};

/// Whether a transient child is restarted after this exit.
bool is_abnormal(const exit_status& status);

/// Whether a child that ended by itself, with this status, is started again.
bool wants_restart(restart when, const exit_status& why);

/// Whether a child that was stopped ended as it should: OTP's rule, by which a
/// permanent one must not say `normal`. `kill_is_right`: it was killed at once,
/// not because its grace was over.
bool ended_as_asked(restart when, bool kill_is_right, const exit_status& why);

std::string to_string(strategy x);
std::string to_string(restart x);
std::string to_string(child_kind x);
std::string to_string(carrier x);
std::string to_string(auto_shutdown x);
std::string to_string(stop_order x);
std::string to_string(exit_status::kind x);

/// `3 restarts within 5 s`.
std::string to_string(const budget& x);

/// `5 s`, `0.25 s`.
std::string in_seconds(duration x);

/// `crashed: division by zero`, `normal`.
std::string to_string(const exit_status& x);

std::optional<strategy> strategy_from(const std::string& word);

std::optional<restart> restart_from(const std::string& word);

std::optional<auto_shutdown> auto_shutdown_from(const std::string& word);

std::optional<stop_order> stop_order_from(const std::string& word);

/// Returns what is wrong with a policy, naming the field and the remedy; empty
/// when nothing is.
std::string problem_with(const child_policy& policy);
std::string problem_with(const supervisor_policy& policy);

/// The same for a child under a certain supervisor.
std::string problem_with(const supervisor_policy& above,
                         const child_policy& policy);

/// The same for a supervisor with its children, whose ids must be unique.
std::string
problem_with(const supervisor_policy& policy,
             const std::vector<std::shared_ptr<const child_policy>>& children);

} // namespace actors
