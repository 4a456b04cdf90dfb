#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace roles {

/// A thread that does things in order, so that a writer can hash the next
/// chunk while the disk takes the last one. The destructor finishes the queue.
class io_worker {
public:
  io_worker() : thread_([this] { run(); }) {}

  io_worker(const io_worker&) = delete;
  io_worker& operator=(const io_worker&) = delete;
  ~io_worker();

  /// @param job must not throw
  void post(std::function<void()> job);

private:
  void run();

  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::function<void()>> jobs_;
  bool closing_ = false;
  std::thread thread_;
};

} // namespace roles
