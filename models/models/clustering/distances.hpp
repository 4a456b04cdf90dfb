#pragma once

// Distances of all rows to all others, by blocks that fit the caches. Internal.

#include <cstddef>
#include <cstdint>

namespace models::clustering {

enum class distance_measure : uint8_t {
  squared,   ///< sum of the squared differences
  euclidean, ///< its root
  manhattan, ///< sum of the differences' magnitudes
};

/// Rows with their columns apart.
struct columns_view {
  const float* data; ///< columns x stride
  size_t rows;
  size_t columns;
  size_t stride; ///< rows, rounded up to 16; what is behind them is 0
};

/// Rows of a block: the unit in which the work is divided.
constexpr size_t block_rows = 64;

/// Writes the distances of the rows of one block to all rows from that block
/// on, in both places of the matrix; to themselves infinity.
/// @param out rows x x.stride
void distances_of_block(const columns_view& x,
                        distance_measure measure,
                        size_t block,
                        float* out);

} // namespace models::clustering
