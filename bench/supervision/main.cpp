/// bench_supervision: measures one group of figures of one side.
///
///   bench_supervision GROUP ours|bare [--quick]
///
/// A process for each, so that nobody inherits another's heap; see
/// bench/supervision.py, which runs it.

#include <actors/process/worker_main.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <string>

#include "common.hpp"

namespace {

using namespace bench;

const std::map<std::string, std::function<void(side&, const amounts&)>> groups{
  {"messages", [](side&, const amounts& n) { measure_messages(n); }},
  {"requests", measure_requests},
  {"crashes", measure_crashes},
  {"restarts", measure_restarts},
  {"trees", measure_trees},
  {"dynamic", measure_dynamic},
  {"memory", [](side& s, const amounts& n) { measure_memory(s, n, false); }},
  {"memory_dynamic",
   [](side& s, const amounts& n) { measure_memory(s, n, true); }},
  {"idle", [](side&, const amounts& n) { measure_idle(n); }},
  {"processes", [](side&, const amounts& n) { measure_processes(n); }},
};

caf::actor echo(caf::actor_system& sys, const actors::worker_context&) {
  return sys.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](int64_t x) { return x; }};
  });
}

} // namespace

int main(int argc, char** argv) {
  if (auto code = actors::worker_main(argc, argv, {{"echo", echo}}))
    return *code;
  auto group = groups.find(argc > 1 ? argv[1] : "");
  auto who = std::string{argc > 2 ? argv[2] : ""};
  if (group == groups.end() || (who != "ours" && who != "bare")) {
    std::fputs("usage: bench_supervision GROUP ours|bare [--quick]\n", stderr);
    return 2;
  }
  auto quick = argc > 3 && std::string{argv[3]} == "--quick";
  group->second(who == "ours" ? our_side() : bare_side(),
                quick ? quick_amounts() : amounts{});
  return 0;
}
