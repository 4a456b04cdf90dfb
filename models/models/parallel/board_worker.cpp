#include <models/nn/denormals.hpp>
#include <models/parallel/board_worker.hpp>

#include <algorithm>
#include <immintrin.h>
#include <stdexcept>

namespace models {

namespace {

uint8_t checked(uint8_t owner) {
  if (owner == 0)
    throw std::invalid_argument("worker: owner must be 1 to 255");
  return owner;
}

} // namespace

board_worker::board_worker(uint8_t owner) : cursor_(checked(owner)) {}

worker_status board_worker::run(std::chrono::nanoseconds budget,
                                wait_policy policy) {
  denormals_off guard;
  auto& board = words();
  auto until = clock::now() + budget;
  auto count_of = [&](uint64_t phase) { return count(phase); };
  for (;;) {
    switch (cursor_.step(board, board_tasks(), count_of)) {
    case task_cursor::event::moved:
      break;
    case task_cursor::event::execute:
      ++tasks_;
      if (before_task)
        before_task(tasks_);
      execute(cursor_.task());
      cursor_.executed();
      break;
    case task_cursor::event::done:
      if (clock::now() >= until)
        return worker_status::working;
      break;
    case task_cursor::event::busy:
      if (!wait(until, policy, false))
        return worker_status::waiting;
      break;
    case task_cursor::event::closed:
      if (!wait(until, policy, true))
        return worker_status::waiting;
      break;
    case task_cursor::event::ended: {
      auto flag = board.flag.load(std::memory_order_acquire);
      return flag == static_cast<uint32_t>(run_flag::finished)
               ? worker_status::finished
               : worker_status::aborted;
    }
    }
  }
}

bool board_worker::wait(clock::time_point until,
                        const wait_policy& policy,
                        bool closed) {
  // Not only the gate: a worker that died after its last task did not move the
  // phase, and one that was declared dead left a task that is free again. So a
  // wait is bounded, and what follows it looks at everything anew.
  auto& board = words();
  auto seen = look_at_gate(board.gate);
  auto phase = cursor_.phase();
  auto changed = [&] {
    auto target = board.target.load(std::memory_order_acquire);
    auto now = board.phase.load(std::memory_order_acquire);
    return board.flag.load(std::memory_order_acquire) != 0
           || (closed ? now < target : now != phase);
  };
  auto begin = clock::now();
  auto spin_until = std::min(begin + policy.spin, until);
  auto now = begin;
  for (; now < spin_until; now = clock::now())
    for (int i = 0; i < 16; ++i) {
      if (changed())
        return true;
      _mm_pause();
    }
  if (policy.sleep.count() <= 0 || now >= until)
    return false;
  if (changed())
    return true;
  auto limit = std::min<std::chrono::nanoseconds>(policy.sleep, until - now);
  wait_at_gate(board.gate, seen, limit);
  return clock::now() < until;
}

} // namespace models
