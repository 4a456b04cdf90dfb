#include <actors/supervision/child.hpp>
#include <leptond/node/api_child.hpp>
#include <leptond/observe/log.hpp>

#include <stdexcept>

namespace leptond {

namespace {

using namespace std::chrono_literals;

/// Answers in flight may take this long when the server stops.
constexpr auto drain_within = 2s;

/// One line an access at debug, refusals of the server itself at info.
http::server_hooks observed(metrics& figures) {
  auto hooks = figures.hooks();
  hooks.access = [count = std::move(hooks.access)](const auto& each) {
    count(each);
    const auto level =
      each.problem.empty() ? log::level::debug : log::level::info;
    if (!log::wants(level))
      return;
    const std::chrono::duration<double, std::milli> time = each.duration;
    log::write(level, "api", each.method + ' ' + each.target,
               {{"status", each.status},
                {"ms", time.count()},
                {"in", each.bytes_in},
                {"out", each.bytes_out},
                {"peer", each.peer},
                {"problem", each.problem}});
  };
  return hooks;
}

http::router routes_of(api::context& ctx) {
  http::router routes;
  api::add_health_routes(routes, ctx);
  api::add_metric_routes(routes, ctx);
  api::add_node_routes(routes, ctx);
  api::add_actor_routes(routes, ctx);
  api::add_child_routes(routes, ctx);
  api::add_event_routes(routes, ctx);
  api::add_dead_letter_routes(routes, ctx);
  api::add_trace_routes(routes, ctx);
  api::add_store_routes(routes, ctx);
  api::add_job_routes(routes, ctx);
  api::add_model_routes(routes, ctx);
  api::add_inference_routes(routes, ctx);
  return routes;
}

struct api_state {
  std::unique_ptr<http::server> server;

  ~api_state() {
    if (server)
      server->stop(drain_within);
  }
};

/// Opens the port; the same one again after a restart.
std::unique_ptr<http::server> open(api::context& ctx, api_status& status) {
  auto options = http::options_from(ctx.config);
  std::lock_guard guard{status.mutex};
  if (status.address)
    options.listen = *status.address;
  auto server = std::make_unique<http::server>(routes_of(ctx), options,
                                               observed(ctx.figures));
  auto address = server->start();
  if (!address) {
    status.problem = address.error();
    throw std::runtime_error{address.error().lines.front()};
  }
  status.problem.reset();
  status.address = address.value();
  return server;
}

} // namespace

actors::child_spec api_child(std::shared_ptr<api::context> ctx,
                             std::shared_ptr<api_status> status) {
  auto serve = [ctx,
                status](caf::stateful_actor<api_state>* self) -> caf::behavior {
    self->state.server = open(*ctx, *status);
    return {[](caf::unit_t) {}};
  };
  auto spec = actors::actor_child("api", serve);
  spec.runs_on = actors::carrier::thread;
  return spec;
}

} // namespace leptond
