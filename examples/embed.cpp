// A supervised counter in an application of one's own: it crashes, and answers
// again behind the same handle.

#include <actors/supervision/child.hpp>
#include <actors/supervision/supervisor.hpp>

#include <iostream>

caf::behavior counter(caf::event_based_actor*, int start) {
  return {[total = start](int x) mutable {
    if (x == 0)
      throw std::invalid_argument{"cannot add nothing"};
    return total += x;
  }};
}

int main() {
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto runtime = std::make_shared<actors::supervision_runtime>();
  runtime->on_event = [](const actors::event& x) {
    std::cerr << actors::to_line(x) << std::endl;
  };
  actors::supervisor_spec spec; // one_for_one, one restart within 5 s
  spec.children = {actors::actor_child("counter", counter, 40)};
  auto top = actors::spawn_supervisor(system, "app", spec, runtime);
  auto child = actors::which_children(system, *top)->at(0).handle;
  caf::scoped_actor self{system};
  for (int x : {1, 0, 2}) // the second one crashes it
    for (auto again = true; again;)
      self->request(child, std::chrono::seconds{5}, x)
        .receive(
          [&](int total) { std::cout << total << std::endl, again = false; },
          [&](caf::error& e) { // between two incarnations: try again
            if (!(again = e == actors::sup_errc::restarting))
              std::cout << "no: " << actors::text_of(e) << std::endl;
          });
  actors::stop_supervisor(system, *top);
}
