#include <actors/supervision/backoff.hpp>

#include <algorithm>
#include <cmath>

namespace actors {

namespace {

/// Steele, Lea, Flood (2014): SplitMix64.
uint64_t next_random(uint64_t& state) {
  auto z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

} // namespace

duration
restart_delay(const backoff& delay, uint32_t attempt, uint64_t& random) {
  if (attempt < 2 || delay.min == duration::zero())
    return duration::zero();
  auto limit = static_cast<double>(delay.min.count())
               * std::pow(delay.factor, std::min(attempt - 2, 1000u));
  limit = std::min(limit, static_cast<double>(delay.max.count()));
  auto unit = static_cast<double>(next_random(random) >> 11) * 0x1.0p-53;
  return duration{static_cast<int64_t>(limit * unit)};
}

} // namespace actors
