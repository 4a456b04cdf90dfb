#pragma once

#include <chrono>
#include <thread>

namespace leptond {

/// Waits for the reason to stop: SIGTERM, SIGINT or SIGHUP, or `wake`. One
/// object a process, made in `main` before any thread, since it blocks these
/// signals for the calling thread and all that it starts; programs started
/// from here inherit that too and must unblock them. Also ignores SIGPIPE.
class stop_requests {
public:
  stop_requests();
  stop_requests(const stop_requests&) = delete;
  stop_requests& operator=(const stop_requests&) = delete;

  /// Ends the thread of `enforce`; a clean stop in time leaves no trace.
  ~stop_requests();

  /// Blocks until there is a reason.
  /// @returns the signal, or 0 after `wake`
  int wait();

  /// Ends `wait` from any thread; also one that is still to come.
  void wake();

  /// From now on another signal ends the process at once with status
  /// 128 + signal, and so does the end of `within`, with status `late`.
  void enforce(std::chrono::milliseconds within, int late);

private:
  int signals_ = -1; ///< signalfd
  int wake_ = -1;    ///< eventfd
  int done_ = -1;    ///< eventfd that ends the watcher
  std::thread watcher_;
};

} // namespace leptond
