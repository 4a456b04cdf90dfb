#pragma once

#include <actors/supervision/child.hpp>
#include <actors/supervision/dynamic_core.hpp>
#include <actors/supervision/supervisor.hpp>

#include <cstddef>
#include <stdexcept>
#include <tuple>

/// Dynamic supervisors (OTP: simple_one_for_one, Elixir: DynamicSupervisor):
/// one template, any number of children, each with its own arguments.
///
///   caf::behavior session(caf::event_based_actor* self, std::string user);
///
///   actors::dynamic_spec spec;
///   spec.child = actors::child_template("session", session);
///   spec.max_children = 10'000;
///   auto pool = actors::spawn_dynamic_supervisor(sys, "app", spec, runtime);
///   auto one = actors::start_child(sys, *pool,
///                                  caf::make_message(std::string{"ada"}));
///
/// It understands the messages of every supervisor (messages.hpp), with
/// these differences: children are stopped all at once under one timer; one
/// that is terminated or ends for good is forgotten, so that `restart` and
/// `remove` are refused; nothing is kept of a temporary child's arguments.
namespace actors {

/// A dynamic supervisor as a value. `how` must be one_for_one; `stop` has no
/// meaning.
struct dynamic_spec : supervisor_policy {
  size_t max_children = unlimited; ///< more are refused
  /// The template; its `start` or `process` finds what start_child was given
  /// in `start_context::args`. Its id is the stem of the children's ids.
  child_spec child;
};

/// Returns no error, or `sup_errc::bad_spec` with a text that names the value
/// and the remedy. Starts nothing.
/// @param path of the supervisor, for the text
caf::error check(const dynamic_spec& spec, const std::string& path = {});

/// A dynamic supervisor as a child of another supervisor.
child_spec dynamic_supervisor_child(std::string id, dynamic_spec spec);

/// As spawn_supervisor; it starts with no children.
caf::expected<caf::actor> spawn_dynamic_supervisor(caf::actor_system& sys,
                                                   std::string path,
                                                   dynamic_spec spec,
                                                   runtime_ptr runtime);

/// Starts a child.
/// @param args  kept for its restarts, unless the child is temporary
/// @param name  its id; empty: one is made. Must be free, have no '/' and not
///   look like one that is made (`TEMPLATE-7`)
/// @returns its stable handle (null if it declined to start), or
///   `max_children`, `start_failed`, `bad_spec` (the name) or `bad_state`
///   (the name is taken; stopping)
caf::expected<caf::actor> start_child(caf::actor_system& sys,
                                      const caf::actor& supervisor,
                                      caf::message args,
                                      std::string name = {});

/// Ends and forgets the child with this handle. No error if it is gone
/// already; `not_found` if it was never a child of this supervisor, or this is
/// not a dynamic one.
caf::error terminate_child(caf::actor_system& sys,
                           const caf::actor& supervisor,
                           const caf::actor& child);

/// New settings and a new template. Running children are left alone; each
/// follows the new template from its next start on. Lasts over restarts of the
/// supervisor, which is then started with it by the one above.
caf::error replace_template(caf::actor_system& sys,
                            const caf::actor& supervisor,
                            dynamic_spec spec);

namespace detail {

/// The error of a child whose arguments are not those of its function.
[[noreturn]] void refuse_arguments(const caf::message& args);

template <class Function>
struct function_of;

template <class Self, class... Ts>
struct function_of<caf::behavior (*)(Self*, Ts...)> {
  using self = Self;
  using arguments = std::tuple<std::decay_t<Ts>...>;
};

template <class Function, class Self, class... Ts>
struct function_of<caf::behavior (Function::*)(Self*, Ts...) const>
  : function_of<caf::behavior (*)(Self*, Ts...)> {};

template <class Function, class = void>
struct function_of_any : function_of<std::decay_t<Function>> {};

template <class Function>
struct function_of_any<Function, std::void_t<decltype(&Function::operator())>>
  : function_of<decltype(&Function::operator())> {};

template <class Tuple>
struct read_arguments;

template <class... Ts>
struct read_arguments<std::tuple<Ts...>> {
  static std::tuple<Ts...> from(const caf::message& xs) {
    return from(xs, std::index_sequence_for<Ts...>{});
  }

  template <size_t... Is>
  static std::tuple<Ts...> from(const caf::message& xs,
                                std::index_sequence<Is...>) {
    if (xs.size() != sizeof...(Ts)
        || (... || !xs.template match_element<Ts>(Is)))
      refuse_arguments(xs);
    return {xs.template get_as<Ts>(Is)...};
  }
};

} // namespace detail

/// A template whose children run `fun(self, args...)`, where `args` are those
/// of start_child. They must have the types of `fun`'s parameters (references
/// and const taken away), else the start fails.
template <class Function>
child_spec child_template(std::string id, Function fun) {
  using traits = detail::function_of_any<Function>;
  using self_type = typename traits::self;
  child_spec spec;
  spec.id = std::move(id);
  spec.start = [fun](start_context& ctx) -> caf::actor {
    auto args =
      detail::read_arguments<typename traits::arguments>::from(ctx.args);
    auto body = [fun, args](self_type* self) -> caf::behavior {
      return std::apply([&](auto&... xs) { return fun(self, xs...); }, args);
    };
    return detail::launch_child<self_type>(ctx, std::move(body));
  };
  return spec;
}

} // namespace actors
