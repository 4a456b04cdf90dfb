#pragma once

#include <roles/core/error.hpp>

#include <caf/all.hpp>

#include <utility>

namespace roles {

/// Asks and waits. Only for actors that have a thread of their own.
/// @returns the answer, or the error that came instead
template <class Result, class Request>
caf::expected<Result>
ask(caf::actor_system& sys,
    const caf::actor& whom,
    Request request,
    caf::duration within = caf::duration{std::chrono::seconds{30}}) {
  if (!whom)
    return make_role_error(role_errc::unavailable, "the node is starting");
  caf::scoped_actor self{sys};
  caf::expected<Result> result{caf::none};
  self->request(whom, within, std::move(request))
    .receive([&](Result& x) { result = std::move(x); },
             [&](caf::error& e) { result = std::move(e); });
  return result;
}

} // namespace roles
