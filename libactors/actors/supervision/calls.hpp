#pragma once

#include <actors/supervision/actor_scope.hpp>
#include <actors/supervision/messages.hpp>
#include <actors/supervision/supervisor_actor.hpp>

#include <utility>

/// Private to the library: how plain threads start supervisors and ask them.
namespace actors::detail {

template <class Result, class Request>
caf::expected<Result>
call(caf::actor_system& sys, const caf::actor& to, Request req) {
  if (auto err = refuse_inside_actor())
    return err;
  caf::scoped_actor self{sys};
  caf::expected<Result> result{caf::none};
  self->request(to, caf::infinite, std::move(req))
    .receive([&](Result& x) { result = std::move(x); },
             [&](caf::error& e) {
               if (e == caf::sec::request_receiver_down)
                 e = make_sup_error(sup_errc::gone, "the supervisor has ended");
               result = std::move(e);
             });
  return result;
}

inline caf::expected<caf::actor> handle_of(caf::expected<child_reply> reply) {
  if (!reply)
    return std::move(reply.error());
  if (auto err = error_of(*reply))
    return err;
  if (reply->result == op_result::ignored) // it has declined to start
    return caf::actor{};
  return std::move(reply->child.handle);
}

inline caf::error outcome_of(const caf::expected<child_reply>& reply) {
  return reply ? error_of(*reply) : reply.error();
}

/// Starts a root supervisor and waits until it is up or has failed.
template <class Spec>
caf::expected<caf::actor> spawn_root(caf::actor_system& sys,
                                     std::string path,
                                     Spec spec,
                                     runtime_ptr runtime) {
  if (auto err = refuse_inside_actor())
    return err;
  if (auto err = check(spec, path))
    return err;
  auto roots = runtime ? runtime->roots : nullptr;
  if (roots && !roots->claim(path))
    return make_sup_error(sup_errc::bad_state,
                          "already_started: '" + path + "' runs");
  caf::scoped_actor self{sys};
  auto shared = std::make_shared<const Spec>(std::move(spec));
  auto supervisor = self->template spawn<supervisor_actor, caf::monitored>(
    position{std::move(path),
             std::move(runtime),
             {},
             acknowledgement{self->address(), 0, 0}},
    std::move(shared));
  caf::expected<caf::actor> result{supervisor};
  auto failed = [&](const exit_status& why) {
    result = make_sup_error(sup_errc::start_failed, why.text);
  };
  self->receive(
    [&](start_outcome& x) {
      if (x.how == start_outcome::kind::started)
        return;
      failed(x.why);
      self->receive([](caf::down_msg&) {}); // then its name is free
    },
    [&](caf::down_msg& x) { failed(status_of(x.reason)); });
  self->demonitor(supervisor.address());
  return result;
}

} // namespace actors::detail
