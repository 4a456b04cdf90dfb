#pragma once

// What a worker of any shared computation does: claims tasks of its board and
// computes them. As many as wished, in threads or processes; they come and go
// at any time and the results do not depend on it.

#include <models/parallel/task_board.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace models {

/// How a worker waits while others compute the last tasks of a phase, or the
/// trainer is busy between two spans. First spinning, as a phase is short and
/// waking a thread costs 5 to 50 us; then asleep.
struct wait_policy {
  std::chrono::nanoseconds spin = std::chrono::microseconds{60};
  std::chrono::nanoseconds sleep = std::chrono::milliseconds{2};

  /// Returns at once when there is nothing to do.
  static wait_policy none() { return {{}, {}}; }
};

/// What `board_worker::run` ended with.
enum class worker_status : uint8_t {
  working,  ///< the budget is used; call `run` again
  waiting,  ///< nothing to do for as long as the policy waits
  finished, ///< the computation is over
  aborted,  ///< the computation was given up
};

class board_worker {
public:
  /// @param owner 1..255, of no other worker of the board that may be alive
  /// @throws std::invalid_argument for another owner
  explicit board_worker(uint8_t owner);

  virtual ~board_worker() = default;

  /// Computes tasks until `budget` is used (it is looked at between tasks) or
  /// nothing is to be done. Leaves no claim behind. Thread: one at a time.
  worker_status run(std::chrono::nanoseconds budget, wait_policy wait = {});

  /// Ends the run for all its workers, however far it is.
  void end_run() { set_flag(words(), run_flag::finished); }

  /// Tasks computed so far by this worker.
  uint64_t tasks() const { return tasks_; }

  /// Called before each task with its number from 1; for tests that kill a
  /// worker in the middle.
  std::function<void(uint64_t)> before_task;

protected:
  /// The phase whose tasks are being computed.
  uint64_t current_phase() const { return cursor_.phase(); }

private:
  using clock = std::chrono::steady_clock;

  /// The board, where the memory is.
  virtual board_words& words() const = 0;
  virtual task_words board_tasks() const = 0;

  /// Tasks of a phase, by a pure function.
  virtual uint32_t count(uint64_t phase) const = 0;

  /// Computes a task of `current_phase()`.
  virtual void execute(uint32_t task) = 0;

  bool wait(clock::time_point until, const wait_policy& policy, bool closed);

  task_cursor cursor_;
  uint64_t tasks_ = 0;
};

/// A worker for the computation that lies in this memory, whatever it is.
/// @throws std::invalid_argument if there is none that this build knows
std::unique_ptr<board_worker> make_worker(std::span<std::byte> memory,
                                          uint8_t owner);

} // namespace models
