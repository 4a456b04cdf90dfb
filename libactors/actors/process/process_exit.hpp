#pragma once

#include <string>
#include <sys/types.h>

namespace actors {

/// How an OS process ended, as waitid tells it: by `exit` with a code, or by a
/// signal.
struct process_exit {
  bool by_signal = false;
  /// Exit code 0-255, or the signal's number; -1 when somebody else has taken
  /// the status (the program waits for any child, or ignores SIGCHLD).
  int value = 0;
  bool core_dumped = false;
  std::string limit; ///< that it has reached, see `limit_reached`; or empty

  bool clean() const noexcept { return !by_signal && value == 0; }
};

/// Says it in words: `exited with code 3`, `killed by signal 9 (SIGKILL)`,
/// `killed by signal 11 (SIGSEGV, segmentation fault), core dumped`, and after
/// a semicolon the limit.
std::string to_string(const process_exit& x);

} // namespace actors
