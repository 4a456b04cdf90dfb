#include <leptond/observe/metrics.hpp>

#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace leptond {

namespace {

const prometheus::Histogram::BucketBoundaries& bounds() {
  static const prometheus::Histogram::BucketBoundaries seconds = {
    0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30};
  return seconds;
}

std::string event_word(http::connection_event event) {
  using http::connection_event;
  switch (event) {
  case connection_event::opened:
    return "opened";
  case connection_event::closed:
    return "closed";
  case connection_event::refused:
    return "refused";
  case connection_event::malformed:
    return "malformed";
  case connection_event::timed_out:
    return "timed_out";
  }
  return "other";
}

} // namespace

struct metrics::state {
  prometheus::Registry registry;
  std::mutex mutex; // guards what follows
  std::map<std::string, std::vector<prometheus::Gauge*>> gauges; ///< by family
};

metrics::metrics() : state_(std::make_unique<state>()) {}

metrics::~metrics() = default;

void metrics::count(const std::string& name,
                    const std::string& help,
                    const labels& with,
                    double by) {
  prometheus::BuildCounter()
    .Name(name)
    .Help(help)
    .Register(state_->registry)
    .Add(with)
    .Increment(by);
}

void metrics::replace(const std::string& name,
                      const std::string& help,
                      const readings& values) {
  auto& family =
    prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry);
  const std::lock_guard guard{state_->mutex};
  auto& gauges = state_->gauges[name];
  for (auto* old : std::exchange(gauges, {}))
    family.Remove(old);
  for (const auto& [with, value] : values) {
    auto& gauge = family.Add(with);
    gauge.Set(value);
    gauges.push_back(&gauge);
  }
}

void metrics::observe(const std::string& name,
                      const std::string& help,
                      double seconds,
                      const labels& with) {
  prometheus::BuildHistogram()
    .Name(name)
    .Help(help)
    .Register(state_->registry)
    .Add(with, bounds())
    .Observe(seconds);
}

std::string metrics::text() const {
  const std::lock_guard guard{state_->mutex}; // no family half replaced
  return prometheus::TextSerializer{}.Serialize(state_->registry.Collect());
}

http::server_hooks metrics::hooks() {
  http::server_hooks out;
  out.access = [this](const http::access_record& each) {
    // Clients must not be able to add labels at will.
    const auto matched = !each.route.empty();
    const auto route = matched ? each.route : "unmatched";
    count("lepton_http_requests_total", "Requests answered, by status",
          {{"method", matched ? each.method : "other"},
           {"route", route},
           {"status", std::to_string(each.status)}});
    observe("lepton_http_request_seconds",
            "From a request's first byte to its answer's last",
            std::chrono::duration<double>(each.duration).count(),
            {{"route", route}});
  };
  out.connection = [this](http::connection_event event, const std::string&) {
    count("lepton_http_connections_total",
          "Connections, by what happened to them",
          {{"event", event_word(event)}});
  };
  return out;
}

} // namespace leptond
