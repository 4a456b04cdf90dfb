#pragma once

#include <actors/runtime/idle_workers.hpp>

#include <caf/policy/unprofiled.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

/// A scheduling policy for CAF 0.17.6, loaded by `configure_runtime`. Like
/// CAF's own work stealing each worker has a queue and helps others when that
/// is empty, but
/// - stealing takes one job from the end of a deque (O(1)); CAF's walks the
///   victim's whole queue under two spin locks, which is quadratic for long
///   queues: 100,000 actors took 9 s to start instead of 0.15 s;
/// - an idle worker waits on a condition variable and is woken by the one that
///   has work for it; CAF's sleeps blindly (up to 10 ms a time, for ever);
/// - when nobody works, nobody wakes up: no polling at all.
///
/// Work from outside goes to an idle worker, if there is one, and wakes it.
/// Work from a worker's own actors goes to its own queue, newest first: a
/// message sent is handled next, while its data is in the cache. That wakes
/// nobody as long as there is a lookout (see idle_workers.hpp), who finds what
/// lies behind a busy worker; a backlog wakes others at once.
namespace actors {

namespace detail {

/// Which worker a thread is.
struct worker_identity {
  const void* coordinator = nullptr;
  size_t worker = 0;
};

inline thread_local worker_identity current_worker;

/// One worker's jobs.
class job_queue {
public:
  using job_ptr = caf::resumable*;

  /// @returns how many jobs wait now
  size_t push_front(job_ptr job) {
    std::lock_guard lock{mutex_};
    jobs_.push_front(job);
    return counted();
  }

  size_t push_back(job_ptr job) {
    std::lock_guard lock{mutex_};
    jobs_.push_back(job);
    return counted();
  }

  /// Null if there is none.
  job_ptr pop_front() {
    if (empty())
      return nullptr;
    std::lock_guard lock{mutex_};
    if (jobs_.empty())
      return nullptr;
    auto job = jobs_.front();
    jobs_.pop_front();
    counted();
    return job;
  }

  job_ptr pop_back() {
    if (empty())
      return nullptr;
    std::lock_guard lock{mutex_};
    if (jobs_.empty())
      return nullptr;
    auto job = jobs_.back();
    jobs_.pop_back();
    counted();
    return job;
  }

  bool empty() const { return size_.load(std::memory_order_acquire) == 0; }

private:
  size_t counted() {
    size_.store(jobs_.size(), std::memory_order_release);
    return jobs_.size();
  }

  std::mutex mutex_;
  std::deque<job_ptr> jobs_;
  std::atomic<size_t> size_{0};
};

} // namespace detail

class work_stealing : public caf::policy::unprofiled {
public:
  using job_ptr = caf::resumable*;

  /// Shared by the workers.
  struct coordinator_data {
    explicit coordinator_data(caf::scheduler::abstract_coordinator*) {}

    idle_workers idle;
    std::atomic<size_t> next{0};
  };

  struct worker_data {
    explicit worker_data(caf::scheduler::abstract_coordinator*) {}

    worker_data(const worker_data&) {}

    detail::job_queue queue;
    idle_workers::seat seat;
    std::atomic<size_t> turns{0}; // grows with each job taken
    std::vector<size_t> seen;     // the others' turns; only its own thread
    bool begun = false;           // only its own thread
  };

  // -- work comes in ----------------------------------------------------------

  template <class Coordinator>
  void central_enqueue(Coordinator* self, job_ptr job) {
    auto& me = detail::current_worker;
    if (me.coordinator == self) { // a worker sends without saying so
      internal_enqueue(self->worker_by_id(me.worker), job);
      return;
    }
    const auto n = self->num_workers();
    auto i = d(self).next.fetch_add(1, std::memory_order_relaxed) % n;
    external_enqueue(self->worker_by_id(i), job);
  }

  template <class Worker>
  void external_enqueue(Worker* self, job_ptr job) {
    auto& idle = d(self->parent()).idle;
    auto give = [&](idle_workers::seat& x) {
      owner(self->parent(), x).queue.push_back(job);
    };
    if (idle.anybody() && idle.call_one(give))
      return;
    d(self).queue.push_back(job);
    // Who goes to sleep registers, then looks; we queue, then look who sleeps:
    // with this fence one of the two notices the other.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (idle.anybody())
      idle.call_one();
  }

  template <class Worker>
  void internal_enqueue(Worker* self, job_ptr job) {
    get_help(self, d(self).queue.push_front(job));
  }

  template <class Worker>
  void resume_job_later(Worker* self, job_ptr job) {
    // It has had its turn: behind the others.
    get_help(self, d(self).queue.push_back(job));
  }

  // -- work goes out ----------------------------------------------------------

  template <class Worker>
  job_ptr dequeue(Worker* self) {
    auto& mine = d(self);
    if (!mine.begun)
      begin(self);
    for (;;) {
      if (auto job = next(mine))
        return job;
      for (int i = 0; i < spins; ++i)
        if (auto job = find(self))
          return job;
      if (auto job = rest(self))
        return job;
    }
  }

  template <class Worker>
  void before_shutdown(Worker* self) {
    d(self->parent()).idle.end();
    detail::current_worker = {};
  }

  template <class Worker, class F>
  void foreach_resumable(Worker* self, F f) {
    while (auto job = d(self).queue.pop_front())
      f(job);
  }

  template <class Coordinator, class F>
  void foreach_central_resumable(Coordinator*, F) {}

private:
  static constexpr int spins = 20;
  static constexpr size_t oldest_every = 64;
  static constexpr size_t much = 8; ///< a backlog that is worth a wake-up

  template <class Coordinator>
  static worker_data& owner(Coordinator* self, idle_workers::seat& seat) {
    for (size_t i = 0;; ++i)
      if (auto& x = d(self->worker_by_id(i)); &x.seat == &seat)
        return x;
  }

  template <class Worker>
  void begin(Worker* self) {
    d(self).begun = true;
    d(self).seen.resize(self->parent()->num_workers());
    detail::current_worker = {self->parent(), self->id()};
    d(self->parent()).idle.begin();
  }

  /// The newest, but two actors that keep each other busy must not starve the
  /// rest: now and then the oldest.
  static job_ptr next(worker_data& mine) {
    auto turn = mine.turns.load(std::memory_order_relaxed) + 1;
    auto job =
      turn % oldest_every == 0 ? mine.queue.pop_back() : mine.queue.pop_front();
    if (job)
      mine.turns.store(turn, std::memory_order_relaxed);
    return job;
  }

  template <class Worker>
  void get_help(Worker* self, size_t backlog) {
    auto& idle = d(self->parent()).idle;
    if (!idle.anybody())
      return;
    if (!idle.has_lookout() || backlog % much == 0)
      idle.call_one();
  }

  template <class Worker>
  job_ptr find(Worker* self) {
    auto job = next(d(self));
    return job ? job : steal(self, [](size_t) { return true; });
  }

  /// The others' oldest jobs first: they are the coldest.
  template <class Worker, class From>
  job_ptr steal(Worker* self, From from) {
    auto parent = self->parent();
    const auto n = parent->num_workers();
    for (size_t k = 1; k < n; ++k) {
      auto i = (self->id() + k) % n;
      auto& victim = d(parent->worker_by_id(i)).queue;
      if (!victim.empty() && from(i))
        if (auto job = victim.pop_back())
          return job;
    }
    return nullptr;
  }

  /// Waits for work; null: called, look around.
  template <class Worker>
  job_ptr rest(Worker* self) {
    auto& mine = d(self);
    auto& idle = d(self->parent()).idle;
    idle.enter(mine.seat);
    auto job = find(self);
    while (!job) {
      if (idle.wait(mine.seat))
        return nullptr;
      job = next(mine);
      if (!job)
        job = steal(self, [&](size_t i) { return is_stuck(self, i); });
    }
    idle.leave(mine.seat);
    return job;
  }

  /// Whether a worker has taken no job since we looked last. One that does will
  /// soon come to what waits; to take it away would cost both more.
  template <class Worker>
  static bool is_stuck(Worker* self, size_t other) {
    auto turns = d(self->parent()->worker_by_id(other))
                   .turns.load(std::memory_order_relaxed);
    return std::exchange(d(self).seen[other], turns) == turns;
  }
};

} // namespace actors
