#pragma once

#include <actors/supervision/spec.hpp>

#include <type_traits>
#include <utility>

/// Children from functions that return a `caf::behavior`, as CAF's own
/// function-based actors:
///
///   caf::behavior counter(caf::stateful_actor<state>* self, int start);
///   auto spec = actors::actor_child("counter", counter, 5);
namespace actors {

/// Called first in a child's own thread: a crash keeps its text, and faults
/// injected by `lepton chaos` take effect.
void prepare_child(caf::scheduled_actor* self);

/// The exit reasons that `prepare_child` understands as injected faults.
caf::error injected_crash();
caf::error injected_hang();

namespace detail {

template <class Function>
struct self_of;

template <class Self, class... Ts>
struct self_of<caf::behavior (*)(Self*, Ts...)> {
  using type = Self;
};

template <class Function, class Self, class... Ts>
struct self_of<caf::behavior (Function::*)(Self*, Ts...) const> {
  using type = Self;
};

template <class Function, class = void>
struct self_of_any {
  using type = typename self_of<std::decay_t<Function>>::type;
};

template <class Function>
struct self_of_any<Function, std::void_t<decltype(&Function::operator())>> {
  using type = typename self_of<decltype(&Function::operator())>::type;
};

} // namespace detail

/// A child that runs `fun(self, args...)`; its start is acknowledged when
/// `fun` has returned its behavior. `fun` and `args` are copied for each
/// start. Set `runs_on = carrier::thread` for a thread of its own.
template <class Function, class... Ts>
child_spec actor_child(std::string id, Function fun, Ts... args) {
  using self_type = typename detail::self_of_any<Function>::type;
  child_spec spec;
  spec.id = std::move(id);
  spec.start = [fun, args...](start_context& ctx) -> caf::actor {
    ctx.acknowledges = true;
    auto body = [fun, args..., ack = ctx.ack](self_type* self) {
      prepare_child(self);
      caf::behavior result = fun(self, args...);
      ack.started();
      return result;
    };
    return ctx.runs_on == carrier::thread
             ? caf::actor{ctx.system.spawn<caf::detached>(body)}
             : caf::actor{ctx.system.spawn(body)};
  };
  return spec;
}

} // namespace actors
