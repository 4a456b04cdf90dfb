#pragma once

#include <caf/all.hpp>

namespace leptond {

/// Registers the messages and errors that cross process borders; the same in
/// leptond and in its workers.
void add_message_types(caf::actor_system_config& cfg);

/// The actor system of a node.
void configure_node(caf::actor_system_config& cfg);

} // namespace leptond
