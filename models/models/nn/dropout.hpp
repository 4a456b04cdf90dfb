#pragma once

// Dropout whose mask is a pure function of where it is applied.

#include <models/core/random.hpp>

#include <cstdint>
#include <span>

namespace models {

/// The place of a batch in a training: with the row in the batch, the layer
/// and the unit it chooses each random number.
struct dropout_key {
  philox_key key; ///< from the seed
  uint32_t epoch = 0;
  uint32_t step = 0; ///< of the epoch
};

/// The key of a batch under `seed`.
dropout_key make_dropout_key(uint64_t seed, uint32_t epoch, uint32_t step);

/// Multiplies each value by 0 with probability `rate`, otherwise by
/// 1 / (1 - rate) ("inverted", so that prediction needs no correction). The
/// rate is rounded to a multiple of 1/65536.
/// @param a,b one row of a layer, both multiplied alike; of equal size, a
///        multiple of 8
/// @param row in the batch
/// Source: Srivastava et al. (2014), "Dropout".
void apply_dropout(float rate,
                   const dropout_key& key,
                   uint32_t row,
                   uint32_t layer,
                   std::span<float> a,
                   std::span<float> b);

} // namespace models
