#pragma once

/// What a child process may use, and how much of the kernel's reason for
/// ending it can be told. No CAF in here.

#include <actors/process/process_exit.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace actors {

/// Limits on one process and what it starts. None by default.
///
/// The first group is held by the kernel for each process (setrlimit): a child
/// whose limit cannot be set does not start. The second is held for the child
/// with all that it starts, by a cgroup of its own (version 2, in a hierarchy
/// where this program may make one: as root, or by `Delegate=yes` of systemd);
/// where there is none, or it lacks a controller, the limit is ignored and
/// `process_callbacks::on_notice` says so.
struct process_limits {
  /// Heap and private mappings, bytes (RLIMIT_DATA): shared segments do not
  /// count. Beyond it allocations fail in the child.
  std::optional<uint64_t> data_bytes;
  std::optional<uint64_t> address_bytes; ///< all mappings (RLIMIT_AS)
  /// Processor time; then SIGXCPU, a second later SIGKILL (RLIMIT_CPU).
  std::optional<uint64_t> cpu_seconds;
  std::optional<uint64_t> core_bytes; ///< size of a core file; 0: none
  std::optional<uint64_t> open_files; ///< descriptors (RLIMIT_NOFILE), >= 8
  std::optional<int> nice;            ///< 0 to 19 needs no privilege

  std::optional<uint64_t> memory_bytes; ///< memory.max; beyond it SIGKILL
  std::optional<double> processors;     ///< cpu.max: 0.5 is half of one
  std::optional<uint64_t> tasks;        ///< pids.max: processes and threads
  /// A cgroup without limits: when the child ends, or we do, what it has
  /// started ends as well, even if it left the child's process group.
  bool own_cgroup = false;

  bool want_cgroup() const {
    return memory_bytes || processors || tasks || own_cgroup;
  }
};

/// What is known of a process that has ended, beside its status.
struct process_usage {
  double cpu_seconds = 0;     ///< it used, with its reaped children
  bool out_of_memory = false; ///< its cgroup saw the kernel kill for memory
  bool killed_by_us = false;
};

/// Which limit ended the process, as far as can be known: `processor-time
/// limit of 2 s`, `out of memory, limit 64 MiB`; `memory limit 64 MiB` if that
/// may be why. Empty if none.
std::string limit_reached(const process_exit& how,
                          const process_limits& limits,
                          const process_usage& used);

/// `64 MiB`, `1000 bytes`.
std::string in_bytes(uint64_t x);

} // namespace actors
