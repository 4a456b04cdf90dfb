// A child that is an OS process, killed again and again.

#include <actors/process/process_error.hpp>
#include <actors/process/process_host.hpp>

#include <caf/io/middleman.hpp>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <stdexcept>

#include "common.hpp"

namespace bench {

namespace {

double open_descriptors() {
  namespace fs = std::filesystem;
  return static_cast<double>(std::distance(
    fs::directory_iterator{"/proc/self/fd"}, fs::directory_iterator{}));
}

struct process_machine {
  process_machine() : sys{configure()} {
    auto rt = std::make_shared<actors::supervision_runtime>();
    rt->processes = &host;
    runtime = rt;
  }

  caf::actor_system_config& configure() {
    cfg.load<caf::io::middleman>();
    actors::configure_runtime(cfg, 2);
    actors::add_process_errors(cfg);
    return cfg;
  }

  caf::actor_system_config cfg;
  caf::actor_system sys;
  actors::process_host host; // ends before the system
  actors::runtime_ptr runtime;
};

pid_t pid_of(caf::actor_system& sys, const caf::actor& supervisor) {
  return actors::which_children(sys, supervisor)->at(0).pid;
}

/// Calls until there is an answer. Without a deadline: CAF would tell us of
/// each that has passed, answered or not, and our mailbox would be what grows.
void call(caf::scoped_actor& self, const caf::actor& child) {
  for (auto answered = false; !answered;)
    self->request(child, caf::infinite, int64_t{42})
      .receive([&](int64_t) { answered = true; },
               [](caf::error&) {
                 std::this_thread::sleep_for(std::chrono::microseconds{200});
               });
}

} // namespace

void measure_processes(const amounts& n) {
  process_machine m;
  actors::child_spec child;
  child.id = "p";
  child.runs_on = actors::carrier::process;
  child.process = [](const actors::start_context&) {
    actors::process_child_spec x;
    x.type = "echo";
    return x;
  };
  actors::supervisor_spec spec;
  spec.max_restarts = 1'000'000;
  spec.within = 1h;
  spec.children = {child};
  auto sup = actors::spawn_supervisor(m.sys, "bench", spec, m.runtime);
  if (!sup)
    throw std::runtime_error{actors::text_of(sup.error())};
  auto handle = actors::which_children(m.sys, *sup)->at(0).handle;
  caf::scoped_actor self{m.sys};
  samples ms;
  double memory = 0;
  double descriptors = 0;
  // The allocator's caches, one a thread, fill for some hundred restarts.
  const auto warm_up = n.processes / 2;
  for (int i = -warm_up; i < n.processes; ++i) {
    if (i == 0) {
      memory = resident_bytes();
      descriptors = open_descriptors();
    }
    call(self, handle);
    auto pid = pid_of(m.sys, *sup);
    auto begin = clock_type::now();
    ::kill(pid, SIGKILL);
    while (pid_of(m.sys, *sup) == pid) // its end has not been noticed
      std::this_thread::sleep_for(std::chrono::microseconds{50});
    call(self, handle);
    if (i >= 0)
      ms.push_back(ns_since(begin) / 1e6);
  }
  print("process_restart", "ours", quantile(ms, 0.5));
  print("process_restart_p99", "ours", quantile(ms, 0.99));
  print("process_restarts_memory", "ours",
        (resident_bytes() - memory) / 1024 / 1024);
  print("process_restarts_descriptors", "ours",
        open_descriptors() - descriptors);
  handle = nullptr;
  actors::stop_supervisor(m.sys, *sup);
}

} // namespace bench
