// Real processes that share a training are killed with SIGKILL at random
// points; the weights must have the bits of an undisturbed run.

#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <tests/models/parallel/small_run.hpp>
#include <unistd.h>

using namespace models;
using namespace parallel_test;
using namespace std::chrono_literals;

namespace {

/// Memory that forked processes share, with a word to count deaths by.
struct shared_memory {
  explicit shared_memory(size_t n)
    : size(n),
      data(mmap(nullptr,
                n,
                PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS,
                -1,
                0)) {
    BOOST_REQUIRE(data != MAP_FAILED);
  }

  ~shared_memory() { munmap(data, size); }

  std::span<std::byte> bytes() { return {static_cast<std::byte*>(data), size}; }

  size_t size;
  void* data;
};

/// A worker in a process of its own.
/// @param die_at the task, from 1, that it has claimed when it stops to be
///        killed; 0: never
pid_t start(std::span<std::byte> memory, uint8_t owner, uint64_t die_at) {
  auto child = fork();
  if (child != 0)
    return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  step_worker worker(memory, owner);
  worker.before_task = [=](uint64_t n) {
    if (n == die_at)
      kill(getpid(), SIGKILL);
  };
  auto status = worker_status::working;
  while (status != worker_status::finished && status != worker_status::aborted)
    status = worker.run(2ms);
  _exit(0);
}

/// The processes of a run, with what they must survive.
class colony {
public:
  colony(training_loop& loop, std::span<std::byte> memory, uint64_t seed)
    : loop_(loop), memory_(memory), key_(make_key(seed, 1)) {
    for (uint8_t owner = 1; owner <= 2; ++owner)
      replace(owner);
  }

  ~colony() {
    loop_.finish();
    for (auto child : children_)
      waitpid(child, nullptr, 0);
  }

  /// Kills one of them from outside when the run has come so far.
  void kill_at(uint64_t step) { kill_at_ = step; }

  /// Buries the dead; others take their places.
  void look_after() {
    if (kill_at_ > 0 && loop_.progress().total >= kill_at_) {
      kill_at_ = 0;
      kill(children_[draw() % 2], SIGKILL);
    }
    for (uint8_t owner = 1; owner <= 2; ++owner)
      if (waitpid(children_[owner - 1u], nullptr, WNOHANG) > 0) {
        ++deaths;
        loop_.release(owner);
        replace(owner);
      }
  }

  int deaths = 0;

private:
  uint32_t draw() { return philox(key_, {++drawn_, 0, 0, 0})[0]; }

  void replace(uint8_t owner) {
    // One in four lives on, so that the run also ends by itself.
    auto die_at = draw() % 4 == 0 ? 0 : 1 + draw() % 60;
    children_[owner - 1u] = start(memory_, owner, die_at);
  }

  training_loop& loop_;
  std::span<std::byte> memory_;
  philox_key key_;
  uint32_t drawn_ = 0;
  uint64_t kill_at_ = 0;
  std::array<pid_t, 2> children_{};
};

} // namespace

BOOST_AUTO_TEST_SUITE(killed_workers)

BOOST_AUTO_TEST_CASE(do_not_change_a_bit_of_the_weights) {
  data d(small_rows);
  auto config = small_config();
  auto expected = fit_mlp(config, d.set());
  int deaths = 0;
  for (uint64_t seed = 1; seed <= 24; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      shared_memory memory(training_block::bytes(config, d.counts));
      training_loop loop(memory.bytes(), config, d.set());
      colony workers(loop, memory.bytes(), seed);
      workers.kill_at(1 + seed % 40);
      while (loop.next_span()) {
        while (!loop.wait(1ms))
          workers.look_after();
        loop.span_done();
      }
      BOOST_TEST(same(loop.best(), expected.best));
      BOOST_TEST((loop.history() == expected.history));
      deaths += workers.deaths;
    }
  }
  BOOST_TEST_MESSAGE(deaths << " deaths in 24 runs");
  BOOST_TEST(deaths >= 24);
}

BOOST_AUTO_TEST_SUITE_END()
