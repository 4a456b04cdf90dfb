// Uses both libraries as an application would, from their installed headers.

#include <actors/supervision/child.hpp>
#include <actors/supervision/supervisor.hpp>
#include <models/core/random.hpp>

#include <iostream>

int main() {
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto supervisor = actors::spawn_supervisor(system, "app", {}, nullptr);
  if (!supervisor)
    return 1;
  auto idle = [](caf::event_based_actor*) -> caf::behavior {
    return {[](int x) { return x; }};
  };
  auto child =
    actors::start_child(system, *supervisor, actors::actor_child("idle", idle));
  auto counts = actors::count_children(system, *supervisor);
  actors::stop_supervisor(system, *supervisor);
  models::permutation order{1, 2, 3};
  auto right = child && counts && counts->active == 1 && order(0) < 3;
  std::cout << (right ? "right" : "wrong") << '\n';
  return right ? 0 : 1;
}
