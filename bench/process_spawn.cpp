/// How long a process child takes from the order to start until its root actor
/// has answered, what an idle worker weighs, and whether restarts cost memory.
/// `bench_process_spawn [RESTARTS]`: a JSON line a figure. Hosts its own
/// workers.

#include <actors/process/process_child.hpp>
#include <actors/process/worker_main.hpp>

#include <caf/all.hpp>
#include <caf/io/middleman.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
using namespace std::chrono_literals;

caf::behavior echo(caf::event_based_actor*) {
  return {[](const std::string& x) { return x; }};
}

double resident_mib(const std::string& pid) {
  std::ifstream in{"/proc/" + pid + "/statm"};
  double pages = 0;
  in >> pages >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

double descriptors() {
  std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<double>(std::distance(begin(all), end(all)));
}

void report(const char* figure,
            const char* unit,
            double value,
            const char* goal,
            bool met) {
  std::printf("{\"bench\": \"process_spawn\", \"figure\": \"%s\", \"unit\": "
              "\"%s\", \"value\": %.3f, \"reference\": null, "
              "\"reference_value\": null, \"ratio\": null, \"goal\": \"%s\", "
              "\"met\": %s}\n",
              figure, unit, value, goal, met ? "true" : "false");
}

struct run_result {
  double started_ms;
  double answered_ms;
  double worker_mib;
};

/// Starts a worker, asks it, kills it, and waits until it has been reaped.
run_result run_once(actors::process_host& host, caf::actor_system& sys) {
  std::promise<actors::process_started> started;
  std::promise<void> ended;
  actors::process_child_events events;
  events.on_started = [&](const auto& x) { started.set_value(*x); };
  events.on_exit = [&](const auto&, const auto&) { ended.set_value(); };
  actors::process_child_spec spec;
  spec.path = "bench/worker";
  spec.type = "echo";
  auto begin = clock_type::now();
  auto child = actors::start_process_child(host, sys, spec, events);
  auto running = started.get_future().get();
  auto ms = [begin] {
    return std::chrono::duration<double, std::milli>(clock_type::now() - begin)
      .count();
  };
  run_result result{ms(), 0, 0};
  caf::scoped_actor self{sys};
  self->request(running.root, 10s, std::string{"x"})
    .receive([](const std::string&) {},
             [](const caf::error&) { std::exit(1); });
  result.answered_ms = ms();
  result.worker_mib = resident_mib(std::to_string(running.pid));
  child->kill();
  ended.get_future().get();
  return result;
}

double
quantile(std::vector<run_result>& runs, double run_result::*member, double q) {
  std::sort(runs.begin(), runs.end(),
            [member](auto& a, auto& b) { return a.*member < b.*member; });
  return runs[static_cast<size_t>(q * static_cast<double>(runs.size() - 1))]
         .*member;
}

void measure(actors::process_host& host,
             caf::actor_system& sys,
             size_t restarts) {
  for (int i = 0; i < 50; ++i) // what is allocated once
    run_once(host, sys);
  auto memory = resident_mib("self");
  auto open = descriptors();
  std::vector<run_result> runs;
  for (size_t i = 0; i < restarts; ++i)
    runs.push_back(run_once(host, sys));
  std::this_thread::sleep_for(200ms); // CAF closes the last link
  auto grown = resident_mib("self") - memory;
  auto leaked = descriptors() - open;
  report("start_p50", "ms", quantile(runs, &run_result::started_ms, .5), "none",
         true);
  auto answer = quantile(runs, &run_result::answered_ms, .5);
  report("first_answer_p50", "ms", answer, "<= 15", answer <= 15);
  report("first_answer_p99", "ms",
         quantile(runs, &run_result::answered_ms, .99), "none", true);
  auto weight = quantile(runs, &run_result::worker_mib, .5);
  report("worker_resident", "MiB", weight, "<= 30", weight <= 30);
  report("memory_grown", "MiB", grown, "<= 2", grown <= 2);
  report("descriptors_leaked", "1", leaked, "<= 0", leaked <= 0);
}

} // namespace

int main(int argc, char** argv) {
  actors::worker_registry registry{
    {"echo",
     [](caf::actor_system& sys, const auto&) { return sys.spawn(echo); }}};
  if (auto code = actors::worker_main(argc, argv, registry))
    return *code;
  if (argc > 1 && !std::isdigit(argv[1][0])) {
    std::puts("usage: bench_process_spawn [RESTARTS]");
    return std::string_view(argv[1]) == "--help" ? 0 : 2;
  }
  caf::actor_system_config cfg;
  cfg.load<caf::io::middleman>();
  cfg.set("scheduler.policy", caf::atom("sharing"));
  cfg.set("scheduler.max-threads", size_t{2});
  cfg.set("middleman.workers", size_t{0});
  caf::actor_system sys{cfg};
  actors::process_host host;
  measure(host, sys, argc > 1 ? std::stoul(argv[1]) : 200);
}
