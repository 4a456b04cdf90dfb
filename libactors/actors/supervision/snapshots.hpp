#pragma once

#include <actors/snapshot/snapshot_store.hpp>
#include <actors/supervision/policy.hpp>

#include <caf/all.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace actors {

/// Asks a child for its state; answered by a std::string.
using snapshot_atom = caf::atom_constant<caf::atom("snapshot")>;

/// Gives a child the state of an earlier incarnation, before anything else.
using restore_atom = caf::atom_constant<caf::atom("restore")>;

/// When the state of a child is kept, and where. The child understands two
/// messages more:
///
///   [=](actors::snapshot_atom) { return self->state.to_bytes(); },
///   [=](actors::restore_atom, const std::string& bytes) {
///     self->state = from_bytes(bytes); // may throw
///   },
///
/// Snapshots are made in the child's own thread, as any message is handled,
/// and also when it is stopped in order. `restore` comes before any other
/// message and belongs to the start: if it throws, the start has failed.
struct snapshot_settings {
  std::shared_ptr<snapshot_store> store; ///< null: none are made
  duration every = infinite;             ///< > 0
  /// Right after so many messages have been handled, before the next one; 0:
  /// not so. What it sent to itself, answers and signals do not count. A worker
  /// process is asked behind the n-th message through its handle.
  uint32_t after_messages = 0;
  /// Failed starts in a row with a snapshot before that is set aside and an
  /// older one is tried, or none. At least 1.
  uint32_t tries = 3;
};

/// What one incarnation was restored from. Shared by it and its supervisor.
struct restoration {
  std::shared_ptr<snapshot_store> store;
  std::string key;
  std::atomic<uint64_t> number{0}; ///< of the snapshot; 0: there was none
  std::atomic<bool> done{false};   ///< the child took it
  caf::strong_actor_ptr sink;      ///< where snapshots go, see snapshot_sink
  uint32_t after_messages = 0;     ///< the child takes them itself
};

using restoration_ptr = std::shared_ptr<restoration>;

} // namespace actors
