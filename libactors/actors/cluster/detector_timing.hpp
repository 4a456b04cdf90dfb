#pragma once

#include <actors/supervision/policy.hpp>

#include <string>

/// From what the user wants of failure detection and what a link is like to a
/// heartbeat interval and a margin. Pure.
namespace actors {

/// What the user asks for.
struct detector_goal {
  /// From a node's end to the agreement that it is dead; > 0.
  duration detect_within = std::chrono::seconds{1};
  /// At most one false suspicion of a live node by one observer in this time.
  duration mistake_period = std::chrono::hours{24 * 30};
};

/// What the user asks for is spent so: this share until the own suspicion, the
/// rest for asking others.
inline constexpr double suspicion_share = 0.6;

/// What a link is like, measured at its receiving end.
struct link_quality {
  duration delay{0};  ///< mean; at most the round trip
  duration jitter{0}; ///< standard deviation of the arrivals
  double loss = 0;    ///< probability that a heartbeat does not arrive, [0, 1)
};

struct detector_timing {
  duration interval{0};       ///< between heartbeats
  duration margin{0};         ///< past the expected arrival until suspicion
  duration detect_within{0};  ///< what holds, instead of what was wanted
  duration mistake_period{0}; ///< lower bound of the mean time between mistakes
  bool reachable = true;      ///< whether the goal can be met on this link
  std::string why;            ///< when it cannot: the numbers, for people
};

/// The longest interval that keeps both promises, with at least three
/// heartbeats in the time until suspicion and never under 10 ms. When none
/// does, the shortest time of detection that this link allows is found and
/// used, and the answer says so.
///
/// Distributions of delay are not assumed: the bound is the one-sided
/// inequality of Chebyshev.
/// Source: Chen, Toueg, Aguilera (2002), On the Quality of Service of Failure
/// Detectors, sections 5 and 6 (NFD-U): with T the time until suspicion less
/// the mean delay and V the variance, the time between mistakes is at least
/// n * prod_{j=1}^{ceil(T/n)-1} (V + (T-jn)^2) / (V + loss (T-jn)^2).
/// @pre goal.detect_within > 0, goal.mistake_period > 0
detector_timing derive_timing(const detector_goal& goal, link_quality link);

/// The bound above, seconds, for an interval and a time in seconds.
double
mistake_bound(double interval, double time, double variance, double loss);

} // namespace actors
