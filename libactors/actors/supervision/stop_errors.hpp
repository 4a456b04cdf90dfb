#pragma once

#include <actors/supervision/policy.hpp>

#include <cstdint>
#include <vector>

namespace actors {

/// What went wrong while all children were stopped at once, by reason: a pool
/// of thousands would else say the same thousands of times (OTP does so, too).
class stop_errors {
public:
  struct entry {
    exit_status why;
    duration took; ///< the longest
    uint32_t count;
  };

  /// Beyond 50 reasons all others are counted together.
  void add(exit_status why, duration took);

  /// What was added since the last call, in the order of first mention.
  std::vector<entry> take();

private:
  std::vector<entry> entries_;
};

} // namespace actors
