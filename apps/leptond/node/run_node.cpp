#include <leptond/http/json.hpp>
#include <leptond/http/server.hpp>
#include <leptond/node/run_node.hpp>
#include <leptond/observe/log.hpp>
#include <leptond/observe/metrics.hpp>
#include <leptond/system/data_dir.hpp>
#include <leptond/system/notify.hpp>

#include <cstring>
#include <iostream>

namespace leptond {

namespace {

int refuse(const failure& why) {
  for (const auto& line : why.lines)
    log::error("node", line);
  return why.status;
}

void add_health_routes(http::router& routes, metrics& figures) {
  routes.add("GET", "/healthz", [](const auto&, const auto& out) {
    out.send(http::json_response({{"status", "ok"}}));
  });
  routes.add("GET", "/metrics", [&figures](const auto&, const auto& out) {
    out.send({200, figures.text(), "text/plain; version=0.0.4", {}});
  });
}

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

void announce(const node_config& config, const listen_address& api) {
  const auto line =
    "ready: node " + config.node.name + ", api http://" + to_string(api);
  std::cout << line << std::endl;
  notify_service_manager("READY=1\nSTATUS=" + line);
}

} // namespace

int run_node(const loaded_config& loaded, stop_requests& stop) {
  const auto& config = loaded.config;
  log::open(config.log.format, log::level_from(config.log.level));
  for (const auto& notice : loaded.notices)
    log::warn("config", notice);
  const auto dir = open_data_dir(config.node.data_dir, config.node.name);
  if (!dir)
    return refuse(dir.error());
  metrics figures;
  http::router routes;
  add_health_routes(routes, figures);
  http::server api{std::move(routes), http::options_from(config),
                   observed(figures)};
  const auto listening = api.start();
  if (!listening)
    return refuse(listening.error());
  announce(config, listening.value());
  const auto signal = stop.wait();
  const auto within = config.node.shutdown_within;
  stop.enforce(within, exit_gave_up);
  notify_service_manager("STOPPING=1");
  log::info("node", "stopping",
            {{"because", signal == 0 ? "told so" : ::strsignal(signal)}});
  api.stop(within / 2);
  log::info("node", "stopped");
  return exit_asked;
}

} // namespace leptond
