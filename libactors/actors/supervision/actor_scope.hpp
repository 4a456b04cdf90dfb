#pragma once

#include <actors/supervision/error.hpp>

namespace actors::detail {

/// Marks the calling thread, while it lives, as one that runs the code of a
/// supervised actor. The blocking calls refuse to work there: a child that
/// waits for its supervisor, which waits for the child to end, waits for ever.
class actor_scope {
public:
  actor_scope() noexcept { ++depth_; }

  ~actor_scope() { --depth_; }

  actor_scope(const actor_scope&) = delete;
  actor_scope& operator=(const actor_scope&) = delete;

private:
  friend caf::error refuse_inside_actor();

  static inline constinit thread_local int depth_ = 0;
};

/// `sup_errc::bad_state` inside an actor, else no error.
caf::error refuse_inside_actor();

} // namespace actors::detail
