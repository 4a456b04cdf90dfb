// A child whose state outlives this program, and its crashes: run it twice.

#include <actors/runtime/configure.hpp>
#include <actors/snapshot/disk_snapshot_store.hpp>
#include <actors/supervision/child.hpp>
#include <actors/supervision/supervisor.hpp>

#include <filesystem>
#include <iostream>

namespace {

struct ledger {
  int total = 0;
};

/// Adds amounts; an overdraft is a crash.
caf::behavior account(caf::stateful_actor<ledger>* self) {
  return {
    [=](int amount) {
      if (self->state.total + amount < 0)
        throw std::runtime_error{"overdrawn"};
      return self->state.total += amount;
    },
    [=](actors::snapshot_atom) { return std::to_string(self->state.total); },
    [=](actors::restore_atom, const std::string& text) {
      self->state.total = std::stoi(text);
    },
  };
}

/// Asks until the child is there; a refusal is shown.
void add(caf::scoped_actor& self, const caf::actor& child, int amount) {
  for (auto again = true; again;)
    self->request(child, std::chrono::seconds{5}, amount)
      .receive(
        [&](int total) {
          std::cout << amount << ": " << total << " now\n";
          again = false;
        },
        [&](caf::error& e) {
          again = e == actors::sup_errc::restarting;
          if (!again)
            std::cout << amount << ": " << actors::text_of(e) << '\n';
        });
}

} // namespace

/// stateful [DIRECTORY]
int main(int argc, char** argv) {
  auto directory = argc > 1
                     ? std::filesystem::path{argv[1]}
                     : std::filesystem::temp_directory_path() / "lepton-ledger";
  caf::actor_system_config config;
  actors::configure_runtime(config);
  caf::actor_system system{config};
  auto runtime = std::make_shared<actors::supervision_runtime>();
  auto child = actors::actor_child("account", account);
  child.snapshots.store =
    std::make_shared<actors::disk_snapshot_store>(directory);
  child.snapshots.after_messages = 1;
  actors::supervisor_spec spec;
  spec.children = {child};
  auto top = actors::spawn_supervisor(system, "bank", spec, runtime);
  if (!top) {
    std::cerr << actors::text_of(top.error()) << '\n';
    return 1;
  }
  auto handle = actors::which_children(system, *top)->at(0).handle;
  caf::scoped_actor self{system};
  for (int amount : {-1000, 20, 5}) // the first one crashes it
    add(self, handle, amount);
  actors::stop_supervisor(system, *top);
}
