// A supervised pool: one template, a worker for each of its arguments. Workers
// crash now and then; what they were asked for is asked again, and all jobs get
// their answer.

#include <actors/runtime/configure.hpp>
#include <actors/supervision/dynamic.hpp>

#include <iostream>
#include <optional>

namespace {

/// Squares numbers, but crashes at its third one, or fourth, as told.
caf::behavior squarer(caf::event_based_actor*, int stamina) {
  return {[left = stamina](int x) mutable {
    if (left-- == 0)
      throw std::runtime_error{"too tired for " + std::to_string(x)};
    return x * x;
  }};
}

/// Asks until there is an answer. What was being handled at a crash is refused,
/// not repeated: only the caller knows whether it may be.
int square(caf::scoped_actor& self, const caf::actor& worker, int x) {
  for (;;) {
    std::optional<int> answer;
    self->request(worker, std::chrono::seconds{5}, x)
      .receive([&](int y) { answer = y; },
               [&](caf::error& e) {
                 if (e != actors::sup_errc::restarting)
                   std::cout << actors::text_of(e) << ", once more\n";
               });
    if (answer)
      return *answer;
  }
}

} // namespace

int main() {
  caf::actor_system_config config;
  actors::configure_runtime(config);
  caf::actor_system system{config};
  auto runtime = std::make_shared<actors::supervision_runtime>();

  actors::dynamic_spec spec;
  spec.child = actors::child_template("squarer", squarer);
  spec.max_children = 2;
  spec.max_restarts = 10;
  auto pool = actors::spawn_dynamic_supervisor(system, "pool", spec, runtime);
  if (!pool) {
    std::cerr << actors::text_of(pool.error()) << '\n';
    return 1;
  }
  std::vector<caf::actor> workers;
  for (int stamina : {2, 3})
    workers.push_back(
      *actors::start_child(system, *pool, caf::make_message(stamina)));

  caf::scoped_actor self{system};
  for (int x = 1; x <= 8; ++x) {
    auto y = square(self, workers[static_cast<size_t>(x) % 2], x);
    std::cout << x << " squared is " << y << '\n';
  }
  auto children = actors::which_children(system, *pool);
  for (auto& child : *children)
    std::cout << child.path << ": " << child.restarts << " restarts\n";
  actors::stop_supervisor(system, *pool);
}
