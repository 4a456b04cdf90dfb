// Checks the protocol of the board by trying *every* interleaving of atomic
// operations of up to three workers on a small run, with deaths at every point:
// a search over all states that can be reached.

#include <models/parallel/task_board.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <string>
#include <vector>

using namespace models;

namespace {

constexpr size_t most_tasks = 3;

/// Tasks of phases 0, 1, 2: more, fewer and more than before.
uint32_t task_count(uint64_t phase) {
  return phase % 2 == 0 ? 2 : 3;
}

/// A worker: its cursor, and whether it is in the middle of a task.
struct worker {
  task_cursor cursor;
  bool alive = true;
  bool half = false; ///< has begun to compute
};

/// All there is, copyable.
struct world {
  uint64_t phase = 0;
  uint64_t target = 0;
  std::array<uint64_t, most_tasks> words{};
  std::array<uint64_t, most_tasks> results{}; ///< phase + 1 of the last result
  std::vector<worker> workers;
  int deaths = 0;

  std::string key() const {
    std::string text;
    auto add = [&](const auto& x) {
      text.append(reinterpret_cast<const char*>(&x), sizeof(x));
    };
    add(phase);
    add(words);
    add(results);
    add(deaths);
    for (auto& w : workers) {
      // No padding may enter: the cursor is compared by its members' text.
      add(w.alive);
      add(w.half);
      text += w.cursor.describe();
    }
    return text;
  }
};

/// Runs one atomic operation of worker `i`.
task_cursor::event step(world& at, size_t i) {
  auto& me = at.workers[i];
  if (me.half) { // the second half of the computation: writes the result
    BOOST_REQUIRE_EQUAL(at.phase, me.cursor.phase());
    at.results[me.cursor.task()] = me.cursor.phase() + 1;
    me.half = false;
    me.cursor.executed();
    return task_cursor::event::moved;
  }
  board_words board{};
  std::array<std::atomic<uint64_t>, most_tasks> tasks{};
  board.phase = at.phase;
  board.target = at.target;
  for (size_t t = 0; t < most_tasks; ++t)
    tasks[t] = at.words[t];
  auto event = me.cursor.step(board, tasks, task_count);
  if (board.phase != at.phase) {
    // Moved on: every task of the phase must have its result.
    BOOST_REQUIRE_EQUAL(board.phase.load(), at.phase + 1);
    for (uint32_t t = 0; t < task_count(at.phase); ++t)
      BOOST_REQUIRE_EQUAL(at.results[t], at.phase + 1);
  }
  at.phase = board.phase;
  for (size_t t = 0; t < most_tasks; ++t)
    at.words[t] = tasks[t];
  if (event == task_cursor::event::execute) {
    // First half: nobody computes for a phase that is over.
    BOOST_REQUIRE_EQUAL(at.phase, me.cursor.phase());
    me.half = true;
  }
  return event;
}

/// A death is noticed some time later; its claims are given back.
void kill(world& at, size_t i) {
  at.workers[i].alive = false;
  at.workers[i].half = false;
  ++at.deaths;
}

void release(world& at, size_t i) {
  board_words board{};
  std::array<std::atomic<uint64_t>, most_tasks> tasks{};
  for (size_t t = 0; t < most_tasks; ++t)
    tasks[t] = at.words[t];
  release_owner(board, tasks, static_cast<uint8_t>(i + 1));
  for (size_t t = 0; t < most_tasks; ++t)
    at.words[t] = tasks[t];
}

/// From any state one living worker alone, after the dead were released, gets
/// to the target in a bounded number of operations.
void check_ends(world at) {
  for (size_t i = 0; i < at.workers.size(); ++i)
    if (!at.workers[i].alive)
      release(at, i);
  // The others are alive: let each finish what it has begun.
  for (int turn = 0; turn < 2; ++turn)
    for (size_t i = 0; i < at.workers.size(); ++i)
      if (at.workers[i].alive)
        for (int n = 0; n < 400 && at.phase < at.target; ++n)
          if (step(at, i) == task_cursor::event::busy)
            break;
  BOOST_REQUIRE_EQUAL(at.phase, at.target);
}

struct search {
  int most_deaths = 0;
  std::set<std::string> seen;
  size_t ends = 0;

  void visit(const world& start) {
    std::vector<world> open{start};
    seen.insert(start.key());
    while (!open.empty()) {
      auto at = std::move(open.back());
      open.pop_back();
      check_ends(at);
      ends += at.phase == at.target;
      auto go = [&](const world& next) {
        if (seen.insert(next.key()).second)
          open.push_back(next);
      };
      for (size_t i = 0; i < at.workers.size(); ++i) {
        auto next = at;
        if (at.workers[i].alive) {
          step(next, i);
          go(next);
          if (at.deaths < most_deaths) {
            next = at;
            kill(next, i);
            go(next);
          }
        } else {
          release(next, i);
          go(next);
        }
      }
    }
  }
};

size_t explore(size_t workers, uint64_t target, int deaths) {
  world start;
  start.target = target;
  for (size_t i = 0; i < workers; ++i)
    start.workers.push_back({task_cursor(static_cast<uint8_t>(i + 1))});
  search s;
  s.most_deaths = deaths;
  s.visit(start);
  BOOST_TEST(s.ends > 0u);
  BOOST_TEST_MESSAGE(workers << " workers, " << deaths
                             << " deaths: " << s.seen.size() << " states");
  return s.seen.size();
}

} // namespace

BOOST_AUTO_TEST_SUITE(task_board)

BOOST_AUTO_TEST_CASE(one_worker_dead_at_any_point_leaves_a_run_that_ends) {
  BOOST_TEST(explore(1, 3, 0) > 30u);
}

BOOST_AUTO_TEST_CASE(two_workers_in_every_order_with_a_death_at_every_point) {
  BOOST_TEST(explore(2, 3, 1) > 1000u);
}

BOOST_AUTO_TEST_CASE(three_workers_in_every_order_with_a_death_at_every_point) {
  BOOST_TEST(explore(3, 1, 1) > 1000u);
}

BOOST_AUTO_TEST_CASE(a_released_task_is_free_for_others_only_once) {
  board_words board{};
  std::array<std::atomic<uint64_t>, 2> tasks{};
  board.target = 1;
  auto two = [](uint64_t) { return 2u; };
  task_cursor dead(1);
  while (dead.step(board, tasks, two) != task_cursor::event::execute)
    ;
  BOOST_TEST(release_owner(board, tasks, 2) == 0u);
  BOOST_TEST(release_owner(board, tasks, 1) == 1u);
  BOOST_TEST(release_owner(board, tasks, 1) == 0u);
}

BOOST_AUTO_TEST_CASE(a_flag_ends_every_worker) {
  board_words board{};
  std::array<std::atomic<uint64_t>, 2> tasks{};
  auto two = [](uint64_t) { return 2u; };
  task_cursor cursor(1);
  set_flag(board, run_flag::aborted);
  BOOST_TEST((cursor.step(board, tasks, two) == task_cursor::event::ended));
}

BOOST_AUTO_TEST_CASE(an_opening_before_the_wait_is_not_missed) {
  board_words board{};
  auto seen = look_at_gate(board.gate);
  open_gate(board.gate);
  // Would sleep for an hour if it was.
  wait_at_gate(board.gate, seen, std::chrono::hours{1});
  BOOST_TEST(look_at_gate(board.gate) != seen);
}

BOOST_AUTO_TEST_CASE(the_trainer_is_woken_when_the_target_is_reached_only) {
  board_words board{};
  std::array<std::atomic<uint64_t>, 2> tasks{};
  board.target = 3;
  auto two = [](uint64_t) { return 2u; };
  auto quiet = look_at_gate(board.bell);
  task_cursor cursor(1);
  auto event = task_cursor::event::moved;
  while (event != task_cursor::event::closed) {
    if (board.phase < 3)
      BOOST_TEST(look_at_gate(board.bell) == quiet);
    if (event == task_cursor::event::execute)
      cursor.executed();
    event = cursor.step(board, tasks, two);
  }
  BOOST_TEST(look_at_gate(board.bell) != quiet);
}

BOOST_AUTO_TEST_CASE(the_trainer_is_woken_when_the_run_is_over) {
  board_words board{};
  auto quiet = look_at_gate(board.bell);
  set_flag(board, run_flag::aborted);
  BOOST_TEST(look_at_gate(board.bell) != quiet);
}

BOOST_AUTO_TEST_SUITE_END()
