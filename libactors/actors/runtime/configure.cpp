#include <actors/runtime/configure.hpp>
#include <actors/runtime/work_stealing.hpp>

#include <caf/scheduler/coordinator.hpp>

#include <algorithm>
#include <thread>

namespace actors {

void configure_runtime(caf::actor_system_config& cfg, size_t threads) {
  if (threads == 0)
    threads = std::max(1u, std::thread::hardware_concurrency());
  cfg.load<caf::scheduler::coordinator<work_stealing>>();
  cfg.set("scheduler.max-threads", threads);
  cfg.set("scheduler.max-throughput", size_t{200});
}

} // namespace actors
