#pragma once

// How the learning rate changes during a training. Pure functions, any thread.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace models {

enum class schedule : uint8_t {
  constant,
  step,    ///< times `factor` after each `every` epochs
  cosine,  ///< half a cosine from 1 down to `floor` over all epochs
  plateau, ///< times `factor` after `every` epochs without a better loss
};

/// "constant", "step", "cosine" or "plateau".
std::string to_string(schedule kind);

/// The inverse of `to_string`; throws `std::invalid_argument`.
schedule schedule_from(std::string_view word);

struct schedule_config {
  schedule kind = schedule::constant;
  uint32_t every = 10;  ///< epochs, >= 1
  float factor = 0.5f;  ///< (0, 1)
  float floor = 0;      ///< least share of the rate, [0, 1]; step, plateau too
  uint32_t warm_up = 0; ///< steps in which the rate grows to its full value

  friend bool operator==(const schedule_config&,
                         const schedule_config&) = default;
};

/// @throws std::invalid_argument naming the member and its range
void check(const schedule_config& config);

/// What the rate of a step is multiplied by.
/// @param step from 0, of the whole training
/// @param steps of an epoch
/// @param epochs of the whole training
/// @param drops of the plateau schedule so far, see `count_drops`
/// Source: Loshchilov, Hutter (2017), "SGDR", without restarts; Goyal et al.
/// (2017), "Accurate, large minibatch SGD", section 2.2 (warm-up).
float rate_share(const schedule_config& config,
                 uint64_t step,
                 uint32_t steps,
                 uint32_t epochs,
                 uint32_t drops);

/// How often the plateau schedule has lowered the rate.
/// @param losses of the epochs completed
uint32_t count_drops(const schedule_config& config,
                     std::span<const double> losses);

} // namespace models
