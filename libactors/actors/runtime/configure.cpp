#include <actors/runtime/configure.hpp>

#include <algorithm>
#include <thread>

namespace actors {

void configure_runtime(caf::actor_system_config& cfg, size_t threads) {
  if (threads == 0)
    threads = std::max(1u, std::thread::hardware_concurrency());
  cfg.set("scheduler.policy", caf::atom("sharing"))
    .set("scheduler.max-threads", threads)
    .set("scheduler.max-throughput", size_t{200});
}

} // namespace actors
