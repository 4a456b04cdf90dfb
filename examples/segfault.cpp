// A child that is an OS process: a segmentation fault ends it alone, and the
// same handle answers again a moment later.

#include <actors/process/process_host.hpp>
#include <actors/process/worker_main.hpp>
#include <actors/runtime/configure.hpp>
#include <actors/supervision/child.hpp>
#include <actors/supervision/supervisor.hpp>

#include <caf/io/middleman.hpp>

#include <iostream>

namespace {

/// Runs in a process of its own. Reads a number through the pointer that it
/// is asked for: 0 is a null pointer.
caf::actor reader(caf::actor_system& system, const actors::worker_context&) {
  return system.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[number = 42](int x) {
      const volatile int* address = x == 0 ? nullptr : &number;
      return int{*address};
    }};
  });
}

/// Asks until the child is there again.
void ask(caf::scoped_actor& self, const caf::actor& child, int x) {
  for (auto again = true; again;)
    self->request(child, std::chrono::seconds{10}, x)
      .receive(
        [&](int y) { std::cout << "answer: " << y << '\n', again = false; },
        [&](caf::error& e) { again = e == actors::sup_errc::restarting; });
}

} // namespace

int main(int argc, char** argv) {
  // The supervisor starts this very program again for each child.
  if (auto code = actors::worker_main(argc, argv, {{"reader", reader}}))
    return *code;

  caf::actor_system_config config;
  config.load<caf::io::middleman>();
  actors::configure_runtime(config);
  actors::add_process_errors(config);
  caf::actor_system system{config};
  actors::process_host processes;
  auto runtime = std::make_shared<actors::supervision_runtime>();
  runtime->processes = &processes;
  runtime->on_event = [](const actors::event& x) {
    std::cout << actors::to_line(x) << '\n';
  };

  actors::child_spec child;
  child.id = "reader";
  child.runs_on = actors::carrier::process;
  child.process = [](const actors::start_context&) {
    actors::process_child_spec x;
    x.type = "reader";
    x.limits.core_bytes = 0; // leave no core file behind
    return x;
  };
  actors::supervisor_spec spec;
  spec.children = {child};
  auto top = actors::spawn_supervisor(system, "app", spec, runtime);
  if (!top) {
    std::cerr << actors::text_of(top.error()) << '\n';
    return 1;
  }
  auto handle = actors::which_children(system, *top)->at(0).handle;
  caf::scoped_actor self{system};
  for (int x : {1, 0, 1}) // the second one is the fault
    ask(self, handle, x);
  actors::stop_supervisor(system, *top);
}
