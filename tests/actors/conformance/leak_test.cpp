// Restarts in great numbers leave no process, descriptor or memory behind.

#include <actors/process/process_error.hpp>
#include <actors/process/process_host.hpp>
#include <actors/runtime/configure.hpp>
#include <actors/supervision/supervisor.hpp>

#include <boost/test/unit_test.hpp>
#include <caf/io/middleman.hpp>

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>
#include <unistd.h>

#include "tests/actors/conformance/stage.hpp"

namespace {

using namespace std::chrono_literals;

#ifdef __SANITIZE_ADDRESS__ // a fork copies the shadow memory's tables
constexpr uint64_t command_restarts = 400;
constexpr uint64_t worker_restarts = 50;
constexpr uint64_t all_worker_restarts = 50;
constexpr double most_mib = 1000; // what is freed stays in quarantine
#else
constexpr uint64_t command_restarts = 10'000;
constexpr uint64_t worker_restarts = 150;
constexpr uint64_t all_worker_restarts = 1'000;
constexpr double most_mib = 2;
#endif

/// At full size when everything is tested.
uint64_t restarts_of_workers() {
  auto full = std::getenv("LEPTON_FULL");
  return full && *full && *full != '0' ? all_worker_restarts : worker_restarts;
}

size_t descriptors() {
  std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

double resident_mib() {
  std::ifstream in{"/proc/self/statm"};
  double pages = 0;
  in >> pages >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

/// Processes whose parent we are, zombies included.
size_t children_of_ours() {
  size_t n = 0;
  for (auto& entry : std::filesystem::directory_iterator{"/proc/self/task"}) {
    std::ifstream in{entry.path() / "children"};
    for (int pid = 0; in >> pid;)
      ++n;
  }
  return n;
}

/// A system whose supervisor restarts without end; counts starts only.
struct counting_system {
  counting_system() : sys{configure()} {
    auto rt = std::make_shared<actors::supervision_runtime>();
    rt->processes = &host;
    rt->on_event = [this](const actors::event& x) {
      if (x.kind != "child_started")
        return;
      std::lock_guard guard{mutex};
      ++starts;
      changed.notify_all();
    };
    actors::supervisor_spec spec;
    spec.max_restarts = 1'000'000;
    spec.within = 1h;
    top = *actors::spawn_supervisor(sys, "top", spec, rt);
  }

  ~counting_system() {
    if (top)
      actors::stop_supervisor(sys, top);
  }

  caf::actor_system_config& configure() {
    cfg.load<caf::io::middleman>();
    actors::configure_runtime(cfg, 2);
    return cfg;
  }

  void add(const std::string& id,
           std::function<actors::process_child_spec()> make) {
    actors::child_spec spec;
    spec.id = id;
    spec.runs_on = actors::carrier::process;
    spec.process = [make](const actors::start_context&) { return make(); };
    BOOST_REQUIRE(actors::start_child(sys, top, spec));
  }

  void await(uint64_t n) {
    std::unique_lock lock{mutex};
    if (!changed.wait_for(lock, 5 * conformance::patience,
                          [&] { return starts >= n; }))
      BOOST_FAIL("only " << starts << " starts");
  }

  caf::actor_system_config cfg;
  caf::actor_system sys;
  actors::process_host host;
  caf::actor top;
  std::mutex mutex; // guards starts
  std::condition_variable changed;
  uint64_t starts = 0;
};

/// What is there more than before, when the last ones are gone as well.
void check_nothing_left(counting_system& on, double memory, size_t open) {
  actors::stop_supervisor(on.sys, on.top);
  on.top = nullptr;
  BOOST_TEST(on.host.running() == 0u);
  // CAF closes the last links, and the host's last turn ends, in their time.
  auto until = std::chrono::steady_clock::now() + conformance::patience;
  while (descriptors() > open && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  BOOST_TEST(descriptors() <= open);
  BOOST_TEST(children_of_ours() <= 1u); // the guardian
  BOOST_TEST(resident_mib() - memory < most_mib);
  BOOST_TEST_MESSAGE("grown by " << resident_mib() - memory << " MiB");
}

} // namespace

BOOST_AUTO_TEST_SUITE(conformance_leak)

BOOST_AUTO_TEST_CASE(ten_thousand_restarts_of_a_command_leave_nothing) {
  counting_system on;
  for (auto id : {"a", "b", "c", "d"})
    on.add(id, [] {
      actors::process_child_spec x;
      x.command = {"true"};
      return x;
    });
  on.await(command_restarts / 10); // what is allocated once
  auto memory = resident_mib();
  auto open = descriptors();
  // Those that run just now hold three each, and may be between two.
  on.await(command_restarts + command_restarts / 10);
  check_nothing_left(on, memory, open);
}

BOOST_AUTO_TEST_CASE(restarts_of_a_worker_host_leave_nothing) {
  counting_system on;
  on.add("w", [] {
    actors::process_child_spec x;
    x.type = "subject";
    x.args = {"0", "0"};
    x.executable = LEPTON_CONFORMANCE_WORKER;
    x.limits.core_bytes = 0;
    return x;
  });
  double memory = 0;
  size_t open = 0;
  const auto all = restarts_of_workers();
  const auto warm = std::max<uint64_t>(all / 10, 20); // what comes once
  for (uint64_t i = 1; i <= warm + all; ++i) {
    on.await(i);
    if (i == warm) {
      memory = resident_mib();
      open = descriptors();
    }
    auto pid = actors::which_children(on.sys, on.top)->at(0).pid;
    BOOST_REQUIRE(pid > 0);
    ::kill(pid, SIGKILL);
  }
  check_nothing_left(on, memory, open);
}

BOOST_AUTO_TEST_SUITE_END()
