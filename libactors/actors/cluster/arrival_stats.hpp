#pragma once

#include <actors/cluster/detector_timing.hpp>

#include <array>
#include <cstdint>

namespace actors {

/// What the heartbeats of one sender tell of the link: when the next one is
/// expected, how much they vary, how many are lost. Clocks of the two nodes
/// need not agree: only the receiver's is used. Fixed size. Not thread safe.
///
/// Source: Chen, Toueg, Aguilera (2002), section 6 (expected arrivals from the
/// last n); Hayashibara et al. (2004) for phi.
class arrival_stats {
public:
  /// One heartbeat has arrived.
  /// @param seq from 1, one more with each heartbeat sent
  /// @param interval at which the sender sends now, > 0
  /// @param rebased the sender was late and counts its intervals from here on
  /// @param count_time false when the receiver itself was late just now
  /// @param limit deviations beyond it are failures, not jitter
  void arrived(uint64_t seq,
               duration interval,
               bool rebased,
               bool count_time,
               duration limit,
               time_point now);

  bool heard() const { return last_seq_ > 0; }

  time_point last_arrival() const { return last_arrival_; }

  /// When the next heartbeat should be here. @pre heard()
  time_point expected() const;

  duration interval() const { return interval_; }

  /// Standard deviation of arrivals around their expectation.
  duration jitter() const;

  /// Share of heartbeats that do not arrive, from those sent lately; never 0,
  /// for a link that lost nothing so far may lose the next.
  double loss() const;

  /// -log10 of the probability that a heartbeat comes even later than `now`,
  /// for a normal distribution; 0 to 300.
  double phi(time_point now) const;

private:
  void count(uint64_t seq);
  void sample(duration deviation, duration limit);
  void recentre();

  static constexpr size_t window = 64;

  std::array<double, window> deviations_{}; ///< seconds past `nominal_`
  size_t samples_ = 0;                      ///< ever
  double sum_ = 0;
  uint64_t last_seq_ = 0;
  uint64_t seen_ = 0; ///< bit i: last_seq_ - i has arrived
  double sent_ = 0;   ///< fading counts
  double received_ = 0;
  duration interval_{0};
  time_point nominal_{}; ///< of last_seq_, without the mean delay
  time_point last_arrival_{};
};

} // namespace actors
