#include <actors/observe/message_text.hpp>
#include <actors/supervision/child.hpp>
#include <actors/supervision/error.hpp>
#include <leptond/node/examples.hpp>

namespace leptond {

namespace {

using add_atom = caf::atom_constant<caf::atom("add")>;
using get_atom = caf::atom_constant<caf::atom("get")>;

struct counter_state {
  int64_t total = 0;
};

caf::behavior counter(caf::stateful_actor<counter_state>* self) {
  return {
    [self](add_atom, int64_t n) -> caf::result<int64_t> {
      int64_t sum = 0;
      if (__builtin_add_overflow(self->state.total, n, &sum))
        return actors::make_sup_error(actors::sup_errc::bad_message,
                                      "the total would overflow; it is "
                                        + std::to_string(self->state.total));
      return self->state.total = sum;
    },
    [self](get_atom) { return self->state.total; },
  };
}

caf::behavior echo(caf::event_based_actor*) {
  return {[](const actors::json_text& x) { return x; }};
}

} // namespace

actors::supervisor_spec examples_role() {
  auto first = actors::actor_child("echo", echo);
  first.messages = {{"", {"any"}, "any"}};
  auto second = actors::actor_child("counter", counter);
  second.messages = {{"add", {"integer"}, "integer"}, {"get", {}, "integer"}};
  actors::supervisor_spec spec;
  spec.max_restarts = 5;
  spec.within = std::chrono::seconds{30};
  spec.children = {std::move(first), std::move(second)};
  return spec;
}

} // namespace leptond
