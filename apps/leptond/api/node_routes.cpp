// status, nodes, tree, ps; health.

#include <actors/supervision/messages.hpp>
#include <leptond/api/reply.hpp>
#include <leptond/api/tree_json.hpp>
#include <roles/controller/state.hpp>

namespace leptond::api {

namespace {

using nlohmann::json;

double uptime(const context& ctx) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now()
                                       - ctx.started)
    .count();
}

json roles_json(const node_config& config) {
  auto result = json::array();
  for (auto x : config.node.roles)
    result.push_back(to_string(x));
  return result;
}

json status_json(context& ctx,
                 const actors::tree_node& tree,
                 const roles::job_counts& jobs) {
  auto& config = ctx.config;
  return {{"node", config.node.name},
          {"version", LEPTON_VERSION},
          {"uptime_s", uptime(ctx)},
          {"ready", not_ready(tree).empty()},
          {"roles", roles_json(config)},
          {"cluster",
           {{"name", config.cluster.name},
            {"members", 1},
            {"alive", 1},
            {"leader", config.node.name}}},
          {"jobs",
           {{"running", jobs.running},
            {"queued", jobs.queued},
            {"succeeded", jobs.succeeded},
            {"failed", jobs.failed}}},
          {"restarts", restarts_in(tree)}};
}

void with_tree(context& ctx,
               const http::responder& out,
               std::function<void(actors::tree_node&)> then) {
  ask<actors::tree_node>(ctx, ctx.root->get(), actors::tree_request{}, promptly,
                         out, std::move(then));
}

void status(context& ctx, const http::responder& out) {
  with_tree(ctx, out, [&ctx, out](actors::tree_node& tree) {
    auto state = ctx.state->get();
    if (!state) { // a node without controller
      out.send(http::json_response(status_json(ctx, tree, {})));
      return;
    }
    ask_json<roles::job_counts>(
      ctx, state, roles::count_jobs{}, promptly, out,
      [&ctx, tree](auto& jobs) { return status_json(ctx, tree, jobs); });
  });
}

json nodes_json(const context& ctx) {
  auto& config = ctx.config;
  return json::array({{{"name", config.node.name},
                       {"state", "alive"},
                       {"incarnation", 1},
                       {"address", to_string(config.api.listen)},
                       {"roles", roles_json(config)},
                       {"phi", 0.0},
                       {"why", json::array({"this node"})}}});
}

/// Answers with `to` of the subtree that the query's `path` names.
void subtree(context& ctx,
             const http::request& req,
             const http::responder& out,
             json (*to)(const actors::tree_node&)) {
  req.allow_query({"path"});
  auto path = req.find_query("path").value_or("");
  with_tree(ctx, out, [&ctx, out, path, to](actors::tree_node& tree) {
    auto* node = find(tree, below_root(ctx, path));
    if (!node)
      throw http::http_error{404, "no actor at '" + path
                                    + "'; `lepton tree` shows those there are"};
    out.send(http::json_response(to(*node)));
  });
}

void readiness(context& ctx, const http::responder& out) {
  with_tree(ctx, out, [out](actors::tree_node& tree) {
    auto missing = not_ready(tree);
    if (missing.empty())
      out.send(http::json_response({{"status", "ready"}, {"ready", true}}));
    else
      out.send(http::json_response(
        {{"status", "not ready"}, {"ready", false}, {"error", missing}}, 503));
  });
}

} // namespace

void add_node_routes(http::router& routes, context& ctx) {
  routes.add("GET", "/api/v1/status",
             [&ctx](const auto&, const auto& out) { status(ctx, out); });
  routes.add("GET", "/api/v1/nodes", [&ctx](const auto&, const auto& out) {
    out.send(http::json_response(nodes_json(ctx)));
  });
  routes.add("GET", "/api/v1/tree", [&ctx](const auto& req, const auto& out) {
    subtree(ctx, req, out, tree_json);
  });
  routes.add("GET", "/api/v1/ps", [&ctx](const auto& req, const auto& out) {
    subtree(ctx, req, out, ps_json);
  });
}

void add_health_routes(http::router& routes, context& ctx) {
  routes.add("GET", "/healthz", [](const auto&, const auto& out) {
    out.send(http::json_response({{"status", "ok"}}));
  });
  routes.add("GET", "/readyz",
             [&ctx](const auto&, const auto& out) { readiness(ctx, out); });
  routes.add("GET", "/v2/health/live", [](const auto&, const auto& out) {
    out.send(http::json_response({{"live", true}}));
  });
  routes.add("GET", "/v2/health/ready",
             [&ctx](const auto&, const auto& out) { readiness(ctx, out); });
}

} // namespace leptond::api
