#pragma once

#include <actors/observe/dead_letters.hpp>
#include <actors/observe/event_log.hpp>
#include <leptond/config/node_config.hpp>
#include <leptond/http/router.hpp>
#include <leptond/observe/metrics.hpp>
#include <roles/core/handle_slot.hpp>

#include <caf/all.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <unordered_set>

namespace leptond::api {

/// The short-lived actors that wait for answers on behalf of clients: the node
/// cannot end before they have. Thread safe.
class visitors {
public:
  void add(const caf::actor& visitor);

  /// Ends all of them; their clients are told that nobody answered.
  void end_all();

private:
  struct list {
    std::mutex mutex;
    std::unordered_set<caf::actor_addr> addresses;
  };

  std::shared_ptr<list> list_ = std::make_shared<list>();
};

/// What the handlers of the API work with; outlives the server. Thread safe as
/// its parts are.
struct context {
  const node_config& config;
  caf::actor_system& system;
  actors::event_log& events;
  actors::dead_letter_box& dead_letters;
  metrics& figures;
  roles::handle_ptr root;       ///< the root supervisor
  roles::handle_ptr storage;    ///< storage/store
  roles::handle_ptr state;      ///< controller/state
  roles::handle_ptr intake;     ///< controller/intake
  roles::handle_ptr scheduler;  ///< controller/scheduler
  roles::handle_ptr router;     ///< network/router
  roles::handle_ptr serving;    ///< network/serving
  roles::handle_ptr evaluation; ///< network/evaluation
  roles::handle_ptr feed;       ///< see `event_feed`
  std::chrono::steady_clock::time_point started;
  api::visitors visitors = {};
};

/// Makes the actor behind `GET /api/v1/events?wait_ms=N`, which holds requests
/// until something happens. It has to be ended by `send_exit`.
caf::actor spawn_event_feed(caf::actor_system& sys, actors::event_log& events);

// Each adds the routes of one part of docs/api.md.
void add_health_routes(http::router& routes, context& ctx);
void add_metric_routes(http::router& routes, context& ctx);
void add_node_routes(http::router& routes, context& ctx);
void add_actor_routes(http::router& routes, context& ctx);
void add_child_routes(http::router& routes, context& ctx);
void add_event_routes(http::router& routes, context& ctx);
void add_dead_letter_routes(http::router& routes, context& ctx);
void add_trace_routes(http::router& routes, context& ctx);
void add_store_routes(http::router& routes, context& ctx);
void add_job_routes(http::router& routes, context& ctx);
void add_model_routes(http::router& routes, context& ctx);
void add_inference_routes(http::router& routes, context& ctx);

} // namespace leptond::api
