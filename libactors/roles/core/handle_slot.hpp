#pragma once

#include <actors/supervision/spec.hpp>

#include <caf/all.hpp>

#include <memory>
#include <mutex>

namespace roles {

/// Where actors of a node find each other's stable handles: filled when the
/// supervisor has started the child, so parts of the tree can be built in any
/// order and restarted. Thread safe.
class handle_slot {
public:
  /// Null as long as the child was never started.
  caf::actor get() const {
    std::lock_guard guard{mutex_};
    return handle_;
  }

  void set(caf::actor handle) {
    std::lock_guard guard{mutex_};
    handle_ = std::move(handle);
  }

private:
  mutable std::mutex mutex_;
  caf::actor handle_;
};

using handle_ptr = std::shared_ptr<handle_slot>;

/// Lets the supervisor of `spec` fill the slot.
inline void announce_in(actors::child_spec& spec, handle_ptr slot) {
  spec.on_up = [slot](const actors::running_child& child) {
    slot->set(child.handle);
  };
}

} // namespace roles
