#pragma once

#include <actors/supervision/policy.hpp>

#include <cstdint>

namespace actors {

/// How long to wait before the restart number `attempt` (from 1) in a row:
/// nothing before the first, then a random time up to
/// `min * factor^(attempt-2)`, at most `max` (full jitter).
/// @param random state of the generator; advanced when it is used
duration
restart_delay(const backoff& delay, uint32_t attempt, uint64_t& random);

} // namespace actors
