#pragma once

/// Kills the process groups of our children when we have died and could not.
/// The parent-death signal ends the children themselves, but not what they
/// have started. For one thread, that of process_loop.

#include <actors/process/fork_exec.hpp>

#include <string>
#include <sys/types.h>
#include <vector>

namespace actors {

class guardian {
public:
  ~guardian();

  guardian() = default;
  guardian(const guardian&) = delete;
  guardian& operator=(const guardian&) = delete;

  /// Starts the shell. Without /bin/sh there is none, and all the rest does
  /// nothing.
  void start(const std::vector<std::string>& environment);

  bool running() const { return static_cast<bool>(link_); }

  /// A child announces itself here before it does anything else, see
  /// `announce`; -1 if there is no guardian.
  int link() const { return link_.get(); }

  /// Readable when the guardian has ended; then call `ended`.
  int pidfd() const { return os_.pidfd.get(); }

  void ended();

  void add_group(pid_t pid);

  /// To be called before the leader is reaped: until then the number is its.
  void remove_group(pid_t pid);

  void add_cgroup(const std::string& directory);
  void remove_cgroup(const std::string& directory);

  /// What a child says of itself. Async-signal-safe.
  static void announce(int link, pid_t self);

private:
  void say(const std::string& line);

  forked_process os_;
  unique_fd link_;
};

} // namespace actors
