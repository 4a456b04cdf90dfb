#pragma once

#include <actors/supervision/messages.hpp>
#include <leptond/api/context.hpp>
#include <leptond/http/json.hpp>
#include <leptond/http/responder.hpp>
#include <roles/core/error.hpp>

#include <caf/all.hpp>

#include <exception>
#include <functional>
#include <string>

/// Between HTTP and actors: a handler asks an actor and goes; the answer comes
/// back through a short-lived actor, in a thread of the actor system.
namespace leptond::api {

/// The status and text that an actor's error amounts to.
http::response error_response(const caf::error& error);

/// Runs `f`; what it throws becomes the answer.
template <class F>
void answering(const http::responder& out, F f) {
  try {
    f();
  } catch (const http::http_error& e) {
    out.error(e.status(), e.what());
  } catch (const nlohmann::json::exception& e) {
    out.error(400, e.what());
  } catch (const std::exception& e) {
    out.error(500, e.what());
  }
}

/// Asks `whom`; `then(Result&)` makes the answer, an error becomes one.
template <class Result, class Request, class F>
void ask(context& ctx,
         const caf::actor& whom,
         Request request,
         std::chrono::milliseconds within,
         http::responder out,
         F then) {
  if (!whom) {
    out.send(error_response(roles::make_role_error(
      roles::role_errc::unavailable, "the node is starting; try again")));
    return;
  }
  ctx.visitors.add(
    ctx.system.spawn([=, request = std::move(request),
                      then = std::move(then)](caf::event_based_actor* self) {
      self->request(whom, within, request)
        .then(
          [=](Result& result) {
            answering(out, [&] { then(result); });
            self->quit();
          },
          [=](const caf::error& error) {
            out.send(error_response(error));
            self->quit();
          });
    }));
}

/// `ask` for an answer that is sent as JSON: `to(Result&)` makes the document.
template <class Result, class Request, class F>
void ask_json(context& ctx,
              const caf::actor& whom,
              Request request,
              std::chrono::milliseconds within,
              const http::responder& out,
              F to) {
  ask<Result>(ctx, whom, std::move(request), within, out,
              [out, to = std::move(to)](Result& result) {
                out.send(http::json_response(to(result)));
              });
}

inline constexpr std::chrono::milliseconds promptly{10'000};

/// For what reads whole files.
inline constexpr std::chrono::milliseconds patiently{110'000};

/// `alpha/compute` and `compute` name the same actor: the path below the root.
/// Empty for the root.
std::string below_root(const context& ctx, std::string_view path);

/// Finds who is at this path, and his supervisor.
inline void find_actor(context& ctx,
                       const std::string& path,
                       const http::responder& out,
                       std::function<void(actors::found_child&)> then) {
  ask<actors::found_child>(ctx, ctx.root->get(),
                           actors::find_request{below_root(ctx, path)},
                           promptly, out, std::move(then));
}

/// A time as the API tells it: seconds since 1970.
inline double seconds_of(int64_t ms) {
  return static_cast<double>(ms) / 1e3;
}

/// A member of a body that must be a text.
std::string require_text(const nlohmann::json& body, const char* name);

} // namespace leptond::api
