#pragma once

#include <actors/supervision/policy.hpp>

#include <algorithm>

namespace actors {

/// How well the observer itself keeps time. One that is late accuses others of
/// its own fault; so its waits grow, and what a pause of its own cost is given
/// back in full. Source: Dadgar, Phillips, Currey (2018), Lifeguard.
class local_health {
public:
  static constexpr int worst = 8;

  /// Woke at `now`, for a timer that was due at `due`.
  /// @returns how far every deadline has to move: messages that came in the
  ///          meantime may still be unread
  duration woke(time_point due, time_point now) {
    auto late = now - due;
    if (late <= tolerance)
      return duration{0};
    score_ = std::min(score_ + (late > 5 * tolerance ? 2 : 1), worst);
    return late;
  }

  /// Whether at `now` a timer that was due at `due` has not been handled yet.
  static bool is_late(time_point due, time_point now) {
    return now - due > tolerance;
  }

  /// A probe of ours was answered in time, or a while passed without lateness.
  void good() { score_ = std::max(score_ - 1, 0); }

  /// Nobody answered, not even those that seem well: perhaps it is us.
  void bad() { score_ = std::min(score_ + 1, worst); }

  /// 0: well, to 8.
  int score() const { return score_; }

  /// By how much waits for answers grow: 1 to 3.
  double stretch() const { return 1 + score_ / 4.0; }

private:
  static constexpr duration tolerance = std::chrono::milliseconds{50};
  int score_ = 0;
};

} // namespace actors
