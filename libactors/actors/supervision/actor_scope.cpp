#include <actors/supervision/actor_scope.hpp>

namespace actors::detail {

caf::error refuse_inside_actor() {
  if (actor_scope::depth_ == 0)
    return caf::none;
  return make_sup_error(sup_errc::bad_state,
                        "this call would block an actor, which its supervisor "
                        "may be waiting for: send the messages of "
                        "actors/supervision/messages.hpp instead");
}

} // namespace actors::detail
