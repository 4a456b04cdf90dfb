#pragma once

#include <leptond/http/server.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace leptond {

/// The node's figures in the form of Prometheus. Thread-safe. A family (name
/// and help) exists from its first use; labels must come from a small set.
class metrics {
public:
  using labels = std::map<std::string, std::string>;

  metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;
  ~metrics();

  /// Adds to a counter, which ends in `_total` by custom.
  void count(const std::string& name,
             const std::string& help,
             const labels& with = {},
             double by = 1);

  /// The gauges of a family: each with its labels and value.
  using readings = std::vector<std::pair<labels, double>>;

  /// Sets all gauges of a family; those that it had and that are not among
  /// these are gone.
  void replace(const std::string& name,
               const std::string& help,
               const readings& values);

  /// Adds a duration to a histogram (from 100 us to 30 s), in seconds.
  void observe(const std::string& name,
               const std::string& help,
               double seconds,
               const labels& with = {});

  /// Everything in Prometheus' text format.
  std::string text() const;

  /// Counts requests by method, route and status, their time by route, and
  /// connections by what happened to them. The metrics must outlive the
  /// server.
  http::server_hooks hooks();

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace leptond
