#include <actors/process/worker_main.hpp>
#include <actors/supervision/child.hpp>
#include <leptond/node/actor_config.hpp>
#include <leptond/node/worker_process.hpp>
#include <roles/compute/worker.hpp>

namespace leptond {

namespace {

caf::actor make_worker(caf::actor_system& sys,
                       const actors::worker_context& ctx) {
  auto body = [memory =
                 ctx.memory](caf::stateful_actor<roles::worker_state>* self) {
    actors::prepare_child(self);
    return roles::compute_worker(self, memory, true);
  };
  return sys.spawn<caf::detached>(body);
}

} // namespace

std::optional<int> run_as_worker(int argc, char** argv) {
  actors::worker_options options;
  options.configure = add_message_types;
  return actors::worker_main(argc, argv, {{roles::worker_type, make_worker}},
                             options);
}

} // namespace leptond
