#pragma once

/// The fork and what happens between it and exec. Linux only.

#include <actors/process/process_host.hpp>
#include <actors/process/unique_fd.hpp>

#include <string>
#include <sys/types.h>
#include <vector>

namespace actors {

/// A child that has been forked; whether its program runs is not known yet.
struct forked_process {
  pid_t pid = 0;
  unique_fd pidfd;  ///< readable when the process has ended
  unique_fd output; ///< its stdout and stderr, non-blocking
  /// End of file when exec has succeeded, else a record for `read_exec_error`.
  unique_fd error;
};

/// What surrounds the new process.
struct fork_options {
  bool outlives_us = false; ///< no parent-death signal
  int guardian = -1;        ///< where it announces itself, see guardian.hpp
  int cgroup = -1;          ///< entrance of its cgroup
};

/// Forks and starts to execute. The parent-death signal of the child is bound
/// to the calling thread, whose signal mask should block everything.
/// @param environment `NAME=value` entries to which the spec's are added
/// @returns true, or false with the reason in `failure`
bool fork_exec(process_spec& spec,
               const std::vector<std::string>& environment,
               const fork_options& how,
               forked_process& result,
               spawn_failure& failure);

/// How far the exec has come.
enum class exec_state { pending, running, failed };

/// Reads the error descriptor without blocking.
/// @param notice what it had to do without, if it runs all the same
exec_state read_exec_error(const process_spec& spec,
                           int fd,
                           spawn_failure& failure,
                           std::string& notice);

} // namespace actors
