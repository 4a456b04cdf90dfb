#include <models/parallel/task_board.hpp>

#include <climits>
#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace models {

namespace {

using std::memory_order_acq_rel;
using std::memory_order_acquire;

/// A task's word: phase (48 bits), state (8), owner (8).
enum class task_state : uint8_t { free, claimed, done };

constexpr uint64_t word_of(uint64_t phase, task_state state, uint8_t owner) {
  return phase << 16 | uint64_t{static_cast<uint8_t>(state)} << 8 | owner;
}

constexpr uint64_t phase_in(uint64_t word) {
  return word >> 16;
}

constexpr task_state state_in(uint64_t word) {
  return static_cast<task_state>(word >> 8 & 0xFF);
}

constexpr uint8_t owner_in(uint64_t word) {
  return static_cast<uint8_t>(word);
}

/// The gate's lowest bit: somebody sleeps.
constexpr uint32_t sleeper = 1;

/// Where a worker starts to look: 0, 1/2, 1/4, 3/4 ... of the tasks for owner
/// 0, 1, 2, 3 ..., so that workers rarely want the same task and return to the
/// same part of the parameters, which their caches still hold.
uint32_t first_look(uint8_t owner, uint32_t count) {
  uint32_t reversed = 0;
  for (int bit = 0; bit < 8; ++bit)
    reversed |= (owner >> bit & 1u) << (7 - bit);
  return reversed * count / 256;
}

/// A futex of memory that processes share, hence not the private kind.
long futex(std::atomic<uint32_t>& word,
           int what,
           uint32_t value,
           const timespec* limit) {
  return syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), what, value,
                 limit, nullptr, 0);
}

} // namespace

void open_gate(gate_word& gate) {
  auto old = gate.load(std::memory_order_relaxed);
  while (!gate.compare_exchange_weak(old, (old + 2) & ~sleeper,
                                     memory_order_acq_rel))
    ;
  if (old & sleeper)
    futex(gate, FUTEX_WAKE, INT_MAX, nullptr);
}

void wait_at_gate(gate_word& gate,
                  uint32_t seen,
                  std::chrono::nanoseconds limit) {
  // Without the bit the opener saves the system call. A sleeper killed here
  // leaves it set: that costs one call, no more.
  auto old = seen;
  if (!gate.compare_exchange_strong(old, seen | sleeper, memory_order_acq_rel)
      && old != (seen | sleeper))
    return;
  constexpr int64_t second = 1'000'000'000;
  auto ns = limit.count() > 0 ? limit.count() : 0;
  timespec time{static_cast<time_t>(ns / second), ns % second};
  futex(gate, FUTEX_WAIT, seen | sleeper, &time);
}

void set_flag(board_words& words, run_flag flag) {
  words.flag.store(static_cast<uint32_t>(flag), std::memory_order_release);
  open_gate(words.gate);
  open_gate(words.bell);
}

bool target_reached(const board_words& words) {
  return words.phase.load(std::memory_order_acquire)
           >= words.target.load(std::memory_order_acquire)
         || words.flag.load(std::memory_order_acquire) != 0;
}

bool wait_for_target(board_words& words, std::chrono::nanoseconds limit) {
  using clock = std::chrono::steady_clock;
  auto until = clock::now() + limit;
  for (;;) {
    auto seen = look_at_gate(words.bell);
    if (target_reached(words))
      return true;
    auto now = clock::now();
    if (now >= until)
      return false;
    wait_at_gate(words.bell, seen, until - now);
  }
}

uint32_t release_owner(board_words& words, task_words tasks, uint8_t owner) {
  uint32_t released = 0;
  for (auto& task : tasks) {
    auto word = task.load(memory_order_acquire);
    if (state_in(word) == task_state::claimed && owner_in(word) == owner)
      released += task.compare_exchange_strong(
        word, word_of(phase_in(word), task_state::free, 0),
        memory_order_acq_rel);
  }
  open_gate(words.gate);
  return released;
}

task_cursor::event task_cursor::step(board_words& words, task_words tasks) {
  switch (state_) {
  case state::flag:
    if (words.flag.load(memory_order_acquire) != 0)
      return event::ended;
    state_ = state::target;
    return event::moved;
  case state::target:
    // Before the phase: a target seen implies the phase set before it.
    target_ = words.target.load(memory_order_acquire);
    state_ = state::phase;
    return event::moved;
  case state::phase:
    phase_ = words.phase.load(memory_order_acquire);
    state_ = phase_ < target_ ? state::counting : state::flag;
    return phase_ < target_ ? event::moved : event::closed;
  case state::scan:
    return scan(tasks);
  case state::claim:
    state_ = state::scan; // looks at the same word again if it was too late
    if (tasks[task_].compare_exchange_strong(
          seen_, word_of(phase_, task_state::claimed, owner_),
          memory_order_acq_rel)) {
      state_ = state::execute;
      return event::execute;
    }
    return event::moved;
  case state::publish:
    // Fails only for a worker that was declared dead while it lived; then
    // another one has the task.
    seen_ = word_of(phase_, task_state::claimed, owner_);
    tasks[task_].compare_exchange_strong(
      seen_, word_of(phase_, task_state::done, owner_), memory_order_acq_rel);
    next_task();
    looked_at_ = 0;
    all_done_ = true;
    state_ = state::scan;
    return event::done;
  case state::advance: {
    auto expected = phase_;
    auto moved = words.phase.compare_exchange_strong(expected, phase_ + 1,
                                                     memory_order_acq_rel);
    state_ = moved ? state::open : state::flag;
    return event::moved;
  }
  case state::open:
    open_gate(words.gate);
    state_ = phase_ + 1 < target_ ? state::flag : state::ring;
    return event::moved;
  case state::ring:
    open_gate(words.bell);
    state_ = state::flag;
    return event::moved;
  default: // counting and execute: the caller's turn
    return event::moved;
  }
}

task_cursor::event task_cursor::scan(task_words tasks) {
  if (looked_at_ == count_) {
    state_ = all_done_ ? state::advance : state::flag;
    return all_done_ ? event::moved : event::busy;
  }
  seen_ = tasks[task_].load(memory_order_acquire);
  if (phase_in(seen_) > phase_) { // the phase is over
    state_ = state::flag;
    return event::moved;
  }
  if (phase_in(seen_) < phase_ || state_in(seen_) == task_state::free) {
    state_ = state::claim;
    return event::moved;
  }
  all_done_ = all_done_ && state_in(seen_) == task_state::done;
  ++looked_at_;
  next_task();
  return event::moved;
}

std::string task_cursor::describe() const {
  std::string text = "owner " + std::to_string(owner_);
  text += " state " + std::to_string(static_cast<int>(state_));
  text += " phase " + std::to_string(phase_) + "/" + std::to_string(target_);
  text += " task " + std::to_string(task_) + "/" + std::to_string(count_);
  text += " looked at " + std::to_string(looked_at_);
  text += all_done_ ? " all done" : " some open";
  return text + " word " + std::to_string(seen_);
}

void task_cursor::begin_scan() {
  state_ = state::scan;
  task_ = first_look(static_cast<uint8_t>(owner_ - 1), count_);
  looked_at_ = 0;
  all_done_ = true;
}

void task_cursor::next_task() {
  task_ = task_ + 1 == count_ ? 0 : task_ + 1;
}

} // namespace models
