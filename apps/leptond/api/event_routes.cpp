// events, with waiting for the next one.

#include <leptond/api/reply.hpp>

#include <deque>

namespace leptond::api {

/// A request that waits for an event after `since`.
struct await_event {
  uint64_t since;
  size_t limit;
  std::chrono::milliseconds wait;
  http::responder out;
};

struct event_added {};

struct event_wait_over {
  uint64_t number;
};

} // namespace leptond::api

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leptond::api::await_event)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leptond::api::event_added)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leptond::api::event_wait_over)

namespace leptond::api {

namespace {

using nlohmann::json;

constexpr int64_t max_limit = 10'000;
constexpr int64_t max_wait_ms = 60'000;

json event_json(const actors::event& x) {
  json result{{"id", x.id},
              {"time", static_cast<double>(x.time_ms) / 1e3},
              {"kind", x.kind},
              {"path", x.path},
              {"supervisor", x.supervisor},
              {"child", x.child},
              {"restart", x.restart},
              {"carrier", x.carrier},
              {"incarnation", x.incarnation},
              {"reason", x.reason},
              {"text", x.text}};
  if (x.pid != 0)
    result["pid"] = x.pid;
  if (!x.message.empty())
    result["message"] = x.message;
  if (x.duration_us >= 0)
    result["duration_ms"] = static_cast<double>(x.duration_us) / 1e3;
  if (x.restarts_left >= 0)
    result["restarts_left"] = x.restarts_left;
  return result;
}

http::response
events_response(const actors::event_log& log, uint64_t since, size_t limit) {
  auto list = json::array();
  auto next = since;
  for (auto& x : log.since(since, limit)) {
    list.push_back(event_json(x));
    next = x.id;
  }
  return http::json_response({{"events", std::move(list)}, {"next", next}});
}

struct feed_state {
  struct waiter {
    uint64_t number;
    await_event request;
  };

  std::deque<waiter> waiters;
  uint64_t number = 0;
};

caf::behavior feed(caf::stateful_actor<feed_state>* self,
                   actors::event_log* log) {
  auto answer = [=](const feed_state::waiter& x) {
    x.request.out.send(events_response(*log, x.request.since, x.request.limit));
  };
  return {
    [=](const await_event& x) {
      auto number = ++self->state.number;
      self->state.waiters.push_back({number, x});
      if (log->last_id() > x.since) {
        answer(self->state.waiters.back());
        self->state.waiters.pop_back();
        return;
      }
      self->delayed_send(self, x.wait, event_wait_over{number});
    },
    [=](event_added) {
      std::erase_if(self->state.waiters, [&](auto& x) {
        if (log->last_id() <= x.request.since)
          return false;
        answer(x);
        return true;
      });
    },
    [=](event_wait_over over) {
      std::erase_if(self->state.waiters, [&](auto& x) {
        if (x.number != over.number)
          return false;
        answer(x);
        return true;
      });
    },
  };
}

void on_events(context& ctx,
               const http::request& req,
               const http::responder& out) {
  req.allow_query({"since", "limit", "wait_ms"});
  auto limit =
    static_cast<size_t>(req.query_integer("limit", 1, max_limit, 100));
  auto wait = req.query_integer("wait_ms", 0, max_wait_ms, 0);
  auto last = ctx.events.last_id();
  auto newest = last > limit ? last - limit : 0;
  auto since = static_cast<uint64_t>(
    req.query_integer("since", 0, INT64_MAX, static_cast<int64_t>(newest)));
  if (since > last) // of an earlier run of the node
    since = last;
  if (wait == 0 || last > since)
    out.send(events_response(ctx.events, since, limit));
  else
    caf::anon_send(
      ctx.feed->get(),
      await_event{since, limit, std::chrono::milliseconds{wait}, out});
}

} // namespace

caf::actor spawn_event_feed(caf::actor_system& sys, actors::event_log& events) {
  auto actor = sys.spawn(feed, &events);
  events.listen([address = actor.address()](const actors::event&) {
    if (auto ptr = caf::actor_cast<caf::strong_actor_ptr>(address))
      caf::anon_send(caf::actor_cast<caf::actor>(ptr), event_added{});
  });
  return actor;
}

void add_event_routes(http::router& routes, context& ctx) {
  routes.add("GET", "/api/v1/events", [&ctx](const auto& req, const auto& out) {
    on_events(ctx, req, out);
  });
}

} // namespace leptond::api
