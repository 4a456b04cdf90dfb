#include <actors/supervision/actor_scope.hpp>

namespace actors::detail {

int& actor_scope::depth() noexcept {
  thread_local int value = 0;
  return value;
}

caf::error refuse_inside_actor() {
  if (actor_scope::depth() == 0)
    return caf::none;
  return make_sup_error(sup_errc::bad_state,
                        "this call would block an actor, which its supervisor "
                        "may be waiting for: send the messages of "
                        "actors/supervision/messages.hpp instead");
}

} // namespace actors::detail
