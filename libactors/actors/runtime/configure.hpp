#pragma once

#include <caf/actor_system_config.hpp>

#include <cstddef>

namespace actors {

/// Gives an actor system the scheduler that supervision is measured with: our
/// own policy (work_stealing.hpp; CAF's polls when idle and takes quadratic
/// time for long queues), `threads` workers (0: one for each processor), and at
/// most 200 messages for one actor before others get their turn (CAF's default
/// is no bound: two actors that mail themselves starve the rest).
///
/// Call it before the `actor_system` is made.
void configure_runtime(caf::actor_system_config& cfg, size_t threads = 0);

} // namespace actors
