#pragma once

/// Starts, watches and reaps OS processes, in one thread of its own. That
/// thread must live as long as the children: Linux sends the parent-death
/// signal when the *thread* that forked ends. No CAF in here.

#include <actors/process/process_exit.hpp>
#include <actors/process/process_limits.hpp>
#include <actors/process/unique_fd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace actors {

/// What becomes of the child's stdout and stderr: they are cut into lines for
/// `process_callbacks::on_line`. Excess is dropped and counted, never queued,
/// so the child is not slowed down by us and we not filled by it.
struct process_output {
  size_t max_line = 4096; ///< bytes; the rest of a longer line is dropped
  size_t lines_per_second = 200; ///< also the burst
};

/// How to start one process.
struct process_spec {
  /// Program; without a slash it is looked up in PATH. Relative names with a
  /// slash are taken from `directory`.
  std::string executable;
  std::vector<std::string> argv; ///< with argv[0]; empty: the executable
  /// Added to (or replacing in) the environment of this process.
  std::vector<std::pair<std::string, std::string>> environment;
  std::string directory; ///< working directory; empty: ours
  /// Descriptors that the child gets, by its numbers (3 and up). Nothing else
  /// is inherited; stdin is /dev/null.
  std::vector<std::pair<int, unique_fd>> descriptors;
  process_limits limits;
  process_output output;
};

/// Why there is no process.
struct spawn_failure {
  int error = 0;    ///< errno
  std::string text; ///< `cannot run 'x': No such file or directory`
};

/// Names a process for as long as the host lives; never used twice.
using process_id = uint64_t;

/// All run on the host's thread and must be quick. Either `on_failed` is
/// called, once and alone, or `on_spawned` and later `on_exit`, once each.
struct process_callbacks {
  std::function<void(pid_t)> on_spawned; ///< exec has succeeded
  std::function<void(const spawn_failure&)> on_failed;
  /// The process has been reaped, its output read, its process group killed.
  std::function<void(const process_exit&)> on_exit;
  /// One line of output without its end, at most `max_line` bytes.
  std::function<void(std::string_view)> on_line;
  /// Something that was asked for is not to be had and is done without: a
  /// limit that needs a cgroup. Before `on_spawned`.
  std::function<void(std::string_view)> on_notice;
};

class process_loop;

/// The processes of this program. Each child is killed by the kernel when we
/// die (parent-death signal), leads its own process group (a ^C at our
/// terminal does not reach it), starts with default signal dispositions and
/// holds no descriptor of ours but those it was given. When it ends, what is
/// left of its group and cgroup is killed too. When we die, a guardian does
/// that: a shell of about 1 MiB that is started with the first child.
///
/// Requires that nobody else reaps our children (`wait(-1)`, or SIGCHLD
/// ignored). Thread safe, except for destruction, which kills and reaps every
/// child, delivering its `on_exit`, and must not happen inside a callback.
class process_host {
public:
  /// Starts the thread. Throws std::system_error when the kernel refuses it.
  process_host();

  ~process_host();

  process_host(const process_host&) = delete;
  process_host& operator=(const process_host&) = delete;

  /// Starts a process; returns at once, the callbacks tell the rest.
  process_id spawn(process_spec spec, process_callbacks callbacks);

  /// Sends a signal by pidfd: never to a stranger that got the same pid.
  /// Nothing happens when the process has ended.
  void signal(process_id id, int number);

  /// The same to its whole process group.
  void signal_group(process_id id, int number);

  /// Kills the process, its group and its cgroup.
  void kill(process_id id);

  /// How many processes are there: accepted by `spawn`, and neither `on_exit`
  /// nor `on_failed` has been called.
  size_t running() const noexcept;

  /// The thread, for those that must not keep the host alive.
  std::weak_ptr<process_loop> loop() const noexcept;

private:
  std::shared_ptr<process_loop> loop_;
};

} // namespace actors
