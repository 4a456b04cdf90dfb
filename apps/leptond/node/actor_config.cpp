#include <actors/observe/message_text.hpp>
#include <actors/process/process_error.hpp>
#include <actors/runtime/configure.hpp>
#include <actors/supervision/error.hpp>
#include <leptond/node/actor_config.hpp>
#include <roles/compute/messages.hpp>
#include <roles/core/error.hpp>
#include <roles/storage/messages.hpp>

#include <caf/io/all.hpp>

#include <algorithm>
#include <thread>

namespace leptond {

void add_message_types(caf::actor_system_config& cfg) {
  actors::add_message_text_types(cfg);
  actors::add_supervision_errors(cfg);
  actors::add_process_errors(cfg);
  roles::add_role_errors(cfg);
  roles::add_compute_types(cfg);
  roles::add_storage_types(cfg);
}

void configure_node(caf::actor_system_config& cfg) {
  add_message_types(cfg);
  cfg.load<caf::io::middleman>();
  auto threads = std::clamp(std::thread::hardware_concurrency(), 2u, 8u);
  actors::configure_runtime(cfg, threads);
}

} // namespace leptond
