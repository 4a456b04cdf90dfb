#pragma once

#include <actors/cluster/arrival_stats.hpp>
#include <actors/cluster/evidence.hpp>
#include <actors/cluster/local_health.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

/// Who of the watched nodes is late. Pure: every function takes the time.
/// Whether a late one is dead is for others to confirm (cluster_membership).
namespace actors {

/// What is measured and derived of the link from one watched node.
struct link_report {
  link_quality quality;
  detector_timing timing;
  double phi = 0;
  duration silence{0}; ///< since the last heartbeat, or since the watch began
};

class failure_detector {
public:
  explicit failure_detector(detector_goal goal);

  // -- whom to watch ----------------------------------------------------------

  /// Starts to watch `peer`, or starts anew if it is watched already.
  void watch(const std::string& peer, time_point now);
  void unwatch(const std::string& peer);
  bool watches(const std::string& peer) const;
  std::vector<std::string> watched() const;

  // -- inputs -----------------------------------------------------------------

  /// A heartbeat: see `arrival_stats::arrived`.
  void heartbeat(const std::string& peer,
                 uint64_t seq,
                 duration interval,
                 bool rebased,
                 time_point now);

  /// A round trip to `peer` took so long.
  void round_trip(const std::string& peer, duration took);

  /// The transport lost or regained the connection: with a lost one the peer is
  /// late at once, until the next heartbeat.
  void link_lost(const std::string& peer, time_point now);

  /// To be called first in every step of the owner: the observer's own lateness
  /// moves all deadlines. @param due when the owner wanted to be woken
  void woke(time_point due, time_point now);

  // -- answers ----------------------------------------------------------------

  /// Whether `peer` is late: past expected arrival and margin.
  bool late(const std::string& peer, time_point now) const;
  bool heard(const std::string& peer) const;
  bool lost_link(const std::string& peer) const;

  /// The earliest time at which a peer that is not late becomes so.
  std::optional<time_point> next_deadline() const;

  /// At which interval `peer` should send heartbeats.
  duration wanted_interval(const std::string& peer) const;

  /// How long waits for answers from or about `peer` may be altogether.
  duration probe_budget(const std::string& peer) const;

  std::optional<link_report> report(const std::string& peer,
                                    time_point now) const;

  /// What speaks against `peer`, of what is known here.
  std::vector<evidence> why(const std::string& peer, time_point now) const;

  local_health& health() { return health_; }

  const local_health& health() const { return health_; }

  const detector_goal& goal() const { return goal_; }

private:
  struct monitor {
    arrival_stats arrivals;
    detector_timing timing;
    duration round_trip{0}; ///< smoothed; 0: not measured
    time_point since{};
    time_point fresh_until{};
    time_point link_lost_at{};
    bool link_is_lost = false;
    uint32_t until_derived = 0; ///< heartbeats
  };

  link_quality quality(const monitor& x) const;
  void derive(monitor& x) const;
  const monitor* find(const std::string& peer) const;
  monitor* find(const std::string& peer);

  detector_goal goal_;
  local_health health_;
  bool was_late_ = false; ///< in the present step
  std::map<std::string, monitor> monitors_;
};

} // namespace actors
