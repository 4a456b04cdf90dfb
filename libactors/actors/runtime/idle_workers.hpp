#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

/// How the idle threads of a scheduler hear of work (see work_stealing.hpp).
/// Knows neither jobs nor CAF.
///
/// An idle worker either *sleeps* until it is called, or it is the *lookout*:
/// there is at most one, and only while somebody works; it looks around every
/// now and then for jobs that wait behind a long one. What holds at any time:
/// when a job waits and somebody is idle, then there is a lookout, or somebody
/// has been called and not yet looked.
namespace actors {

class idle_workers {
public:
  /// A worker's place to wait. Belongs to one worker for its whole life.
  class seat {
    friend class idle_workers;
    std::condition_variable wake_;
    bool called_ = false;
    bool lookout_ = false;
    std::chrono::microseconds interval_{};
  };

  /// A worker begins, and works.
  void begin();

  /// A worker that works ends for ever.
  void end();

  /// A worker has nothing to do. It must look for jobs once more after this:
  /// from now on whoever queues one sees it here.
  void enter(seat& mine);

  /// A worker that is here has found a job by itself.
  void leave(seat& mine);

  /// Waits. True: was called and is not here any more. False: look around, then
  /// wait again or leave.
  bool wait(seat& mine);

  /// Calls one who is idle, the lookout last; does nothing if nobody is.
  void call_one();

  /// The same, and calls `give(seat)` before the one called can see it.
  /// @returns whether somebody was idle
  template <class Give>
  bool call_one(Give give) {
    std::lock_guard lock{mutex_};
    auto* x = take();
    if (!x)
      return false;
    give(*x);
    x->wake_.notify_one();
    return true;
  }

  /// Cheap; may be outdated at once.
  bool anybody() const { return count_.load() > 0; }

  bool has_lookout() const { return lookout_.load(); }

private:
  seat* take();
  void remove(seat& x);
  void resign(seat& x);

  std::mutex mutex_; // guards what is not atomic, and the seats
  std::vector<seat*> idle_;
  size_t working_ = 0;
  std::atomic<size_t> count_{0}; // of idle_
  std::atomic<bool> lookout_{false};
};

} // namespace actors
