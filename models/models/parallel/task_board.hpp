#pragma once

// The protocol by which workers share the tasks of a training, lock-free and in
// memory that processes share. It survives the death of a worker between any
// two instructions (tests/models/parallel/task_board_test.cpp tries them all):
//
// - A phase counter says which tasks are up. A task has one word: (phase,
//   state, owner). A word of an earlier phase counts as free, so nothing is
//   ever reset and no counter can be left wrong.
// - free -> claimed by compare-and-swap; the owner computes; claimed -> done.
//   A phase's counter moves on only when every word says done, so nobody
//   computes for a phase that is over, and what a task reads does not change.
// - Whoever sees all words done moves the counter (compare-and-swap from the
//   phase seen: a second one does nothing). A worker that dies after its last
//   `done` leaves that to the others, who look again after each wait.
// - A worker that dies with a claim leaves a word that only `release_owner`
//   frees. Its task is computed anew: it reads what cannot have changed and
//   writes the same bits to the same place.
// - Orders: results are published by the release of `done` and seen through
//   the counter's acquire.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>

namespace models {

/// Why workers go on or stop.
enum class run_flag : uint32_t { running, finished, aborted };

/// Where one sleeps until something happens; see `wait_at_gate`.
using gate_word = std::atomic<uint32_t>;

/// Words that all workers of a training share. Zero bytes are a valid start.
struct board_words {
  alignas(64) std::atomic<uint64_t> phase;  ///< the phase that is up
  alignas(64) std::atomic<uint64_t> target; ///< workers stop before this phase
  std::atomic<uint32_t> flag;               ///< a `run_flag`
  alignas(64) gate_word gate; ///< where workers wait for the next phase
  /// Where the trainer waits for the target, apart from the workers: were it
  /// woken for every phase, it would take a worker's processor from it each
  /// time. A worker that dies between its last phase and the ring leaves it
  /// silent: the trainer's waits must be bounded.
  alignas(64) gate_word bell;
};

static_assert(std::atomic<uint64_t>::is_always_lock_free);
static_assert(std::atomic<uint32_t>::is_always_lock_free);

using task_words = std::span<std::atomic<uint64_t>>;

/// Opens the gate: whoever sleeps at it looks again. Costs a system call only
/// if somebody sleeps.
void open_gate(gate_word& gate);

/// The gate as it is. Take it, look whether there is something to do, and if
/// not, wait for its next opening: none is missed.
inline uint32_t look_at_gate(const gate_word& gate) {
  return gate.load(std::memory_order_acquire);
}

/// Sleeps until the gate is opened after `seen` was taken, or for `limit`.
void wait_at_gate(gate_word& gate,
                  uint32_t seen,
                  std::chrono::nanoseconds limit);

/// Ends the run: workers see it between two tasks.
void set_flag(board_words& words, run_flag flag);

/// Whether the phases up to the target are computed, or the run has ended.
bool target_reached(const board_words& words);

/// Sleeps until `target_reached`, or for `limit`. @returns whether it is
bool wait_for_target(board_words& words, std::chrono::nanoseconds limit);

/// Frees the tasks claimed by `owner`. Call it only when that worker surely
/// does not run any more (its process is reaped, its thread joined).
/// @returns how many there were
uint32_t release_owner(board_words& words, task_words tasks, uint8_t owner);

/// One worker's view of the board, as a machine that performs at most one
/// atomic operation per call of `step`; so tests can stop it between any two.
class task_cursor {
public:
  enum class event : uint8_t {
    moved,   ///< call `step` again
    execute, ///< compute `task()` of `phase()`, then call `executed`
    done,    ///< the task is published; a good moment to stop
    busy,    ///< every task is claimed by somebody: wait, then call again
    closed,  ///< the target is reached: wait, then call again
    ended,   ///< finished or aborted
  };

  /// @param owner 1..255, of no other worker of the run that may be alive
  /// @param task_count tasks of a phase, by a pure function
  template <class TaskCount>
  event step(board_words& words, task_words tasks, TaskCount&& task_count) {
    if (state_ == state::counting) {
      count_ = task_count(phase_);
      begin_scan();
      return event::moved;
    }
    return step(words, tasks);
  }

  explicit task_cursor(uint8_t owner = 1) : owner_(owner) {}

  uint64_t phase() const { return phase_; }

  uint32_t task() const { return task_; }

  /// To be called when the results of the task are written.
  void executed() { state_ = state::publish; }

  friend bool operator==(const task_cursor&, const task_cursor&) = default;

  /// All of its state in a line, for tests and logs.
  std::string describe() const;

private:
  enum class state : uint8_t {
    flag,
    target,
    phase,
    counting,
    scan,
    claim,
    execute,
    publish,
    advance,
    open,
    ring,
  };

  event step(board_words& words, task_words tasks);
  event scan(task_words tasks);
  void begin_scan();
  void next_task();

  uint8_t owner_;
  state state_ = state::flag;
  bool all_done_ = false;
  uint32_t count_ = 0;
  uint32_t task_ = 0;
  uint32_t looked_at_ = 0;
  uint64_t phase_ = 0;
  uint64_t target_ = 0;
  uint64_t seen_ = 0;
};

} // namespace models
