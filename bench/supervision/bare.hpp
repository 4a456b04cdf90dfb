#pragma once

#include "common.hpp"

/// The least code in CAF that monitors children and starts them again: a
/// vector, a map of addresses, no specifications, no budget, no events.
/// Children catch exceptions in a frame around the handler, as ours do.
namespace bench {

/// Starts n children like `victim`; restarts one or all of them. Answers `go`
/// when all are spawned. An exit message stops the children in reverse order,
/// each awaited.
caf::actor spawn_bare(caf::actor_system& sys,
                      actors::strategy how,
                      int n,
                      const caf::actor& tester);

/// `groups` of those below another one.
caf::actor spawn_bare_groups(caf::actor_system& sys, int groups, int n);

/// Answers `start` with a new child; stops all at once.
caf::actor spawn_bare_dynamic(caf::actor_system& sys);

} // namespace bench
