// The messages that go to one actor, while somebody looks.

#include <actors/supervision/messages.hpp>
#include <actors/supervision/stable_handle.hpp>
#include <leptond/api/reply.hpp>

namespace leptond::api {

namespace {

using nlohmann::json;

/// Who has not asked again for so long has gone.
constexpr auto lease = std::chrono::seconds{5};

json message_json(const actors::traced_message& x) {
  json result{
    {"id", x.id},           {"time", static_cast<double>(x.time_us) / 1e6},
    {"sender", x.sender},   {"request", x.request},
    {"message", x.message}, {"outcome", x.outcome}};
  if (x.answers != 0) {
    result["answers"] = x.answers;
    result["latency_ms"] = static_cast<double>(x.latency_us) / 1e3;
  }
  return result;
}

json trace_json(actors::trace_buffer& trace,
                const std::string& path,
                std::optional<uint64_t> since) {
  auto list = json::array();
  auto next = since.value_or(trace.last_id());
  uint64_t lost = 0;
  if (since)
    for (auto& x : trace.since(*since)) {
      lost += x.id - next - 1;
      next = x.id;
      list.push_back(message_json(x));
    }
  return {{"path", path},
          {"messages", std::move(list)},
          {"next", next},
          {"lost", lost}};
}

actors::stable_handle* handle_behind(const caf::actor& x) {
  return x ? dynamic_cast<actors::stable_handle*>(
           caf::actor_cast<caf::abstract_actor*>(x))
           : nullptr;
}

void on_trace(context& ctx,
              const http::request& req,
              const http::responder& out) {
  req.allow_query({"path", "since"});
  std::optional<uint64_t> since;
  if (req.find_query("since"))
    since = static_cast<uint64_t>(req.query_integer("since", 0, INT64_MAX, 0));
  ask<actors::found_child>(
    ctx, ctx.root->get(),
    actors::find_request{below_root(ctx, req.require_query("path"))}, promptly,
    out, [out, since](actors::found_child& x) {
      auto* handle = handle_behind(x.child.handle);
      if (!handle)
        throw http::http_error{409, x.child.path
                                      + " is the root: nothing is sent to it"};
      auto trace = handle->trace(lease);
      out.send(http::json_response(trace_json(*trace, x.child.path, since)));
    });
}

} // namespace

void add_trace_routes(http::router& routes, context& ctx) {
  routes.add("GET", "/api/v1/trace", [&ctx](const auto& req, const auto& out) {
    on_trace(ctx, req, out);
  });
}

} // namespace leptond::api
