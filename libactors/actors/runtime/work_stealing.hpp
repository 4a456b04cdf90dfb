#pragma once

/// A scheduling policy for CAF 0.17.6, loaded by `configure_runtime`. Like
/// CAF's own work stealing each worker has a queue and helps others when that
/// is empty, but
/// - stealing takes one job from the end of a deque (O(1)); CAF's walks the
///   victim's whole queue under two spin locks, which is quadratic for long
///   queues: 100,000 actors took 9 s to start instead of 0.15 s;
/// - an idle worker waits on a condition variable and is woken by the one that
///   has work for it; CAF's sleeps blindly (up to 10 ms a time, for ever);
/// - when nobody works, nobody wakes up: no polling at all.

#include <caf/policy/unprofiled.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>

namespace actors {

namespace detail {

/// Which worker a thread is.
struct worker_identity {
  const void* coordinator = nullptr;
  size_t worker = 0;
};

} // namespace detail

/// How the idle ones learn of work:
/// - Work from outside goes to a sleeping worker, if there is one, and wakes
///   it. Work from a worker's own actors goes to its own queue, newest first:
///   a message sent is handled next, while its data is in the cache.
/// - A queue behind a busy worker is found by the *lookout*: one of the idle
///   workers, who looks around every 50 us to 2 ms for as long as anybody
///   works. The first one to queue something when there is no lookout wakes a
///   sleeper to be it; whoever builds up a backlog wakes it at once.
class work_stealing : public caf::policy::unprofiled {
public:
  using job_ptr = caf::resumable*;

  /// Shared by the workers.
  struct coordinator_data {
    explicit coordinator_data(caf::scheduler::abstract_coordinator*) {}

    std::atomic<size_t> next{0};
    std::atomic<size_t> awake{0}; ///< workers that do not wait
    std::atomic<bool> lookout{false};
  };

  struct worker_data {
    explicit worker_data(caf::scheduler::abstract_coordinator*) {}

    worker_data(const worker_data&) {}

    std::mutex mutex;
    std::condition_variable wake;
    std::deque<job_ptr> queue;   // guarded by mutex
    bool nudged = false;         // guarded by mutex: look around
    std::atomic<size_t> size{0}; // of the queue
    std::atomic<bool> asleep{false};
    bool begun = false; // only its own thread
    size_t turns = 0;   // only its own thread

    /// @returns how many jobs wait now
    size_t push(job_ptr job, bool at_front) {
      std::lock_guard lock{mutex};
      at_front ? queue.push_front(job) : queue.push_back(job);
      size.store(queue.size(), std::memory_order_relaxed);
      if (asleep.load(std::memory_order_relaxed))
        wake.notify_one();
      return queue.size();
    }

    job_ptr pop(bool at_front) {
      if (size.load(std::memory_order_relaxed) == 0)
        return nullptr;
      std::lock_guard lock{mutex};
      return pop_locked(at_front);
    }

    job_ptr pop_locked(bool at_front) {
      if (queue.empty())
        return nullptr;
      auto job = at_front ? queue.front() : queue.back();
      at_front ? queue.pop_front() : queue.pop_back();
      size.store(queue.size(), std::memory_order_relaxed);
      return job;
    }

    void nudge() {
      std::lock_guard lock{mutex};
      if (!std::exchange(nudged, true))
        wake.notify_one();
    }
  };

  // -- work comes in ----------------------------------------------------------

  template <class Coordinator>
  void central_enqueue(Coordinator* self, job_ptr job) {
    const auto n = self->num_workers();
    if (current.coordinator == self) { // a worker sends without saying so
      internal_enqueue(self->worker_by_id(current.worker), job);
      return;
    }
    for (size_t i = 0; i < n; ++i) {
      auto& worker = d(self->worker_by_id(i));
      if (worker.asleep.load(std::memory_order_relaxed)) {
        worker.push(job, false);
        return;
      }
    }
    auto i = d(self).next.fetch_add(1, std::memory_order_relaxed) % n;
    external_enqueue(self->worker_by_id(i), job);
  }

  template <class Worker>
  void external_enqueue(Worker* self, job_ptr job) {
    d(self).push(job, false);
  }

  template <class Worker>
  void internal_enqueue(Worker* self, job_ptr job) {
    auto backlog = d(self).push(job, true);
    get_help(self, backlog);
  }

  template <class Worker>
  void resume_job_later(Worker* self, job_ptr job) {
    // It has had its turn: behind the others.
    auto backlog = d(self).push(job, false);
    get_help(self, backlog);
  }

  // -- work goes out ----------------------------------------------------------

  template <class Worker>
  job_ptr dequeue(Worker* self) {
    auto& mine = d(self);
    if (!mine.begun)
      begin(self);
    for (;;) {
      // Newest first, but two actors that keep each other busy must not starve
      // the rest: now and then the oldest.
      auto newest = ++mine.turns % oldest_every != 0;
      if (auto job = mine.pop(newest))
        return job;
      for (int i = 0; i < spins; ++i) {
        if (auto job = steal(self))
          return job;
        if (auto job = mine.pop(true))
          return job;
      }
      if (auto job = wait(self))
        return job;
    }
  }

  template <class Worker, class F>
  void foreach_resumable(Worker* self, F f) {
    while (auto job = d(self).pop(true))
      f(job);
  }

  template <class Coordinator, class F>
  void foreach_central_resumable(Coordinator*, F) {}

private:
  static constexpr int spins = 20;
  static constexpr size_t oldest_every = 64;
  static constexpr size_t much = 8; ///< a backlog that is worth a wake-up
  static constexpr std::chrono::microseconds first_look{50};
  static constexpr std::chrono::microseconds last_look{2000};

  static inline thread_local detail::worker_identity current;

  template <class Worker>
  void begin(Worker* self) {
    d(self).begun = true;
    current = {self->parent(), self->id()};
    d(self->parent()).awake.fetch_add(1);
  }

  /// Oldest jobs first: they are the coldest.
  template <class Worker>
  job_ptr steal(Worker* self) {
    auto parent = self->parent();
    const auto n = parent->num_workers();
    for (size_t i = 1; i < n; ++i)
      if (auto job = d(parent->worker_by_id((self->id() + i) % n)).pop(false))
        return job;
    return nullptr;
  }

  template <class Worker>
  void get_help(Worker* self, size_t backlog) {
    auto parent = self->parent();
    auto& shared = d(parent);
    const auto n = parent->num_workers();
    auto looked_after = shared.lookout.load();
    if (looked_after && (backlog < much || backlog % much != 0))
      return;
    if (shared.awake.load(std::memory_order_relaxed) >= n)
      return;
    for (size_t i = 1; i < n; ++i) {
      auto& other = d(parent->worker_by_id((self->id() + i) % n));
      if (other.asleep.load(std::memory_order_relaxed)) {
        other.nudge();
        return;
      }
    }
  }

  /// Waits for work; null when it is time to look around again.
  template <class Worker>
  job_ptr wait(Worker* self) {
    auto& mine = d(self);
    auto& shared = d(self->parent());
    mine.asleep.store(true);
    shared.awake.fetch_sub(1);
    auto interval = first_look;
    job_ptr job = nullptr;
    auto called = false;
    while (!job && !called) {
      auto on_lookout = be_lookout(shared);
      {
        std::unique_lock lock{mine.mutex};
        auto ready = [&] { return !mine.queue.empty() || mine.nudged; };
        if (on_lookout)
          mine.wake.wait_for(lock, interval, ready);
        else
          mine.wake.wait(lock, ready);
        called = mine.nudged;
        mine.nudged = false;
        job = mine.pop_locked(true);
      }
      if (on_lookout) {
        shared.lookout.store(false);
        interval = std::min(2 * interval, last_look);
      }
      if (!job)
        job = steal(self);
    }
    mine.asleep.store(false);
    shared.awake.fetch_add(1);
    return job;
  }

  /// Takes the post if somebody works and nobody has it. Whoever leaves it
  /// comes back here, and sees `awake` after having cleared `lookout`; who
  /// starts to work raises `awake` before reading `lookout`: one of the two
  /// notices the other.
  static bool be_lookout(coordinator_data& shared) {
    return shared.awake.load() > 0 && !shared.lookout.exchange(true);
  }
};

} // namespace actors
