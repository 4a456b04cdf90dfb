#pragma once

/// The worker's side of the `process` carrier: turns a program into the host
/// of one actor when its supervisor has started it for that.

#include <actors/process/progress_mark.hpp>
#include <actors/process/segment_source.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace actors {

/// What a worker's factory is given. The same factory serves workers in the
/// supervisor's own process, with `local_segments()` as their memory.
struct worker_context {
  std::string path;              ///< its address in the supervision tree
  std::vector<std::string> args; ///< `process_child_spec::args`
  std::shared_ptr<segment_source> memory; ///< where offered segments arrive
  /// To be advanced inside work that takes longer than a moment, if the child
  /// has a `liveness`.
  progress_mark progress = {};
};

/// Thrown by a factory that has nothing to do: the child is not started, which
/// is no failure (`ignore` in OTP).
struct worker_declines {};

/// Makes the worker's root actor. Any other exception fails the start, with its
/// text. The actor should `set_exception_handler(keep_what)`, so that the text
/// of a crash reaches the supervisor.
using worker_factory =
  std::function<caf::actor(caf::actor_system&, const worker_context&)>;

/// Actor types by the names that `process_child_spec::type` uses.
using worker_registry = std::map<std::string, worker_factory>;

/// The worker's actor system. One scheduler thread and no more memory than
/// needed unless `configure` asks for it.
struct worker_options {
  size_t threads = 1;
  /// Adds the application's message types and settings. Called before the
  /// actor system is made.
  std::function<void(caf::actor_system_config&)> configure;
};

/// Tells the supervisor of this worker process that all is well, so that its
/// backoff starts anew. Any thread. In a process that is no worker it does
/// nothing. (`healthy(self)` of child.hpp does this in a worker.)
/// @returns whether this is a worker
bool worker_is_healthy();

/// To be called first of all in `main`, before any thread is started. If this
/// process was started as a worker, serves until its end and does not return
/// normally: the process ends with
/// - 0 when the root actor ended normally or by request (SIGTERM),
/// - 1 when it ended otherwise, or could not be made; the reason is told to
///   the supervisor first,
/// - 2 when the arguments or inherited descriptors are not a supervisor's,
/// - 3 at once when the link to the supervisor breaks.
/// @returns nothing if this is no worker: `main` goes on; the exit code if
///   the worker could not be set up
std::optional<int> worker_main(int argc,
                               char** argv,
                               const worker_registry& registry,
                               const worker_options& options = {});

} // namespace actors
