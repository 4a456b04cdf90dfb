// What many threads write and read at once, without CAF: for ThreadSanitizer
// as much as for the checks.

#include <actors/observe/event_log.hpp>
#include <actors/observe/trace_buffer.hpp>
#include <actors/process/progress_mark.hpp>
#include <actors/snapshot/disk_snapshot_store.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr int writers = 3;
constexpr int rounds = 300;

/// Runs `f(number)` in so many threads and waits for them.
template <class F>
void in_threads(int n, F f) {
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([&f, i] { f(i); });
  for (auto& x : threads)
    x.join();
}

/// A directory of its own, removed at the end.
struct disk {
  disk() {
    auto name = (fs::temp_directory_path() / "threads-XXXXXX").string();
    directory = ::mkdtemp(name.data());
  }

  ~disk() { fs::remove_all(directory); }

  fs::path directory;
};

/// Counts what went wrong in threads: Boost's checks are for one.
class faults {
public:
  void unless(bool truth) { count_ += !truth; }

  int count() const { return count_; }

private:
  std::atomic<int> count_{0};
};

/// Writers number what they save; nobody may see a number twice or go back.
void check_store(actors::snapshot_store& store) {
  faults wrong;
  in_threads(writers + 1, [&](int who) {
    uint64_t last = 0;
    for (int i = 0; i < rounds; ++i) {
      if (who < writers)
        store.save("key", std::to_string(i));
      else
        store.set_aside("other", static_cast<uint64_t>(i));
      if (auto x = store.newest("key")) {
        wrong.unless(x->number >= last);
        last = x->number;
      }
    }
  });
  BOOST_TEST(wrong.count() == 0);
  store.flush();
  auto x = store.newest("key");
  BOOST_REQUIRE(x);
  BOOST_TEST(x->number == uint64_t{writers} * rounds);
  BOOST_TEST(x->bytes == std::to_string(rounds - 1));
}

} // namespace

BOOST_AUTO_TEST_SUITE(shared_records)

BOOST_AUTO_TEST_CASE(memory_store_serves_many_threads) {
  actors::memory_snapshot_store store;
  check_store(store);
}

BOOST_FIXTURE_TEST_CASE(disk_store_serves_many_threads, disk) {
  actors::disk_snapshot_store store{directory};
  check_store(store);
}

BOOST_AUTO_TEST_CASE(trace_is_in_order_for_whoever_reads_it) {
  actors::trace_buffer trace{100'000};
  trace.extend(std::chrono::hours{1});
  faults wrong;
  in_threads(writers + 1, [&](int who) {
    uint64_t seen = 0;
    for (int i = 0; i < rounds; ++i) {
      if (who < writers) {
        trace.add({});
        continue;
      }
      for (auto& x : trace.since(seen))
        wrong.unless(x.id == ++seen);
      wrong.unless(!trace.expired());
    }
  });
  BOOST_TEST(wrong.count() == 0);
  BOOST_TEST(trace.last_id() == uint64_t{writers} * rounds);
}

BOOST_AUTO_TEST_CASE(events_are_in_order_for_whoever_reads_them) {
  actors::event_log log{100'000};
  std::atomic<int> heard{0};
  faults wrong;
  log.listen([&](const actors::event&) { ++heard; });
  in_threads(writers + 1, [&](int who) {
    uint64_t seen = 0;
    for (int i = 0; i < rounds; ++i)
      if (who < writers)
        log.add({});
      else
        for (auto& x : log.since(seen, 1000))
          wrong.unless(x.id == ++seen);
  });
  BOOST_TEST(wrong.count() == 0);
  BOOST_TEST(heard == writers * rounds);
}

BOOST_AUTO_TEST_CASE(progress_mark_counts_in_another_thread) {
  auto mark = actors::progress_mark::local();
  auto before = mark.value();
  in_threads(1, [&](int) {
    for (int i = 0; i < rounds; ++i)
      mark.advance();
  });
  BOOST_TEST(mark.value() - before == uint64_t{rounds});
}

BOOST_AUTO_TEST_SUITE_END()
