#pragma once

/// The `process` carrier: one run (one incarnation) of a supervised child that
/// is an OS process. A worker (this program or another one that calls
/// `worker_main`) is linked to us by CAF's protocol over an inherited
/// socketpair and shows its root actor; any other command is just run.

#include <actors/process/process_error.hpp>
#include <actors/process/process_host.hpp>
#include <actors/process/progress_mark.hpp>
#include <actors/process/segment_source.hpp>

#include <caf/actor.hpp>
#include <caf/expected.hpp>
#include <caf/fwd.hpp>
#include <caf/timespan.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace actors {

/// How to run one child. Either `type` (a worker) or `command` is given.
struct process_child_spec {
  std::string path; ///< its address in the tree: prefix of its log lines

  /// A name in the `worker_registry` of `executable`, and the arguments for
  /// its factory (together at most about 100 KiB).
  std::string type;
  std::vector<std::string> args;
  /// The program that hosts the worker: calls `worker_main` first of all.
  std::string executable = "/proc/self/exe";

  /// Any program with its arguments instead of a worker.
  std::vector<std::string> command;

  std::vector<std::pair<std::string, std::string>> environment;
  std::string directory;
  process_limits limits;
  process_output output;
  progress_mark progress; ///< a shared one: `worker_context::progress`

  /// Until the worker's root actor must have been seen.
  caf::timespan start_within = std::chrono::seconds{10};
};

/// A child that runs.
struct process_started {
  caf::actor root; ///< proxy of the worker's root actor; null for a command
  pid_t pid = 0;   ///< the worker's own
  std::shared_ptr<segment_sink> memory; ///< null for a command
};

/// What a child tells. All run on the host's thread and must be quick (send a
/// message). Either `on_started` is called with an error, once and alone, or
/// with the child, and later `on_exit`, once. In both cases the process has
/// been reaped when the end is told, so a restart may follow at once.
struct process_child_events {
  std::function<void(caf::expected<process_started>)> on_started;
  /// The reason: none for a normal end or exit code 0; the root actor's own
  /// reason (with the `what()` of an exception) if it had time to tell;
  /// else `exited`, `signalled` or `link_lost`.
  ///
  /// CAF sends a DOWN for `root` as well, before or after; its reason is
  /// poorer (`remote_link_unreachable`). Do not act on it: this is the truth.
  std::function<void(caf::error, process_exit)> on_exit;
  /// A worker says that all is well. Between the two.
  std::function<void()> on_healthy;
  /// A line that the child printed. Default: to our stderr, after its path.
  std::function<void(std::string_view)> on_line;
  /// A limit that is ignored, see `process_limits`. Before `on_started`.
  std::function<void(std::string_view)> on_notice;
};

/// A running child. Dropping the pointer does not end it: the host owns it
/// until it has been reaped. Thread safe; nothing blocks.
class process_child {
public:
  virtual ~process_child();

  /// Asks it to end, and kills it if it is still there after `grace`; never,
  /// if that is `timespan::max()`. SIGTERM goes to a worker, whose root actor
  /// gets `user_shutdown`, and to the process group of a command. Also while it
  /// starts.
  virtual void stop(caf::timespan grace) = 0;

  /// Kills it now (SIGKILL), and its process group.
  virtual void kill() = 0;

  /// Any other signal.
  virtual void signal(int number) = 0;
};

/// Starts a child; returns at once.
/// @param sys with the middleman loaded; must outlive the host's children, so
///   destroy the host first
std::shared_ptr<process_child> start_process_child(process_host& host,
                                                   caf::actor_system& sys,
                                                   process_child_spec spec,
                                                   process_child_events events);

} // namespace actors
