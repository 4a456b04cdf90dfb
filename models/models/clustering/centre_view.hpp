#pragma once

// Centres and the nearest of them: what nearest.hpp computes with. Nothing but
// plain values, since one user is compiled for other processors.

#include <cstddef>
#include <cstdint>

namespace models::clustering {

/// Centres that padding makes of `clusters` ones.
constexpr size_t padded_clusters(size_t clusters) {
  return (clusters + 15) / 16 * 16;
}

/// Centres as the product wants them; the memory is somebody else's.
struct centre_view {
  const float* negated; ///< columns x padded: -c, transposed
  const float* halves;  ///< padded: |c|^2 / 2, infinite for padding
  size_t columns;
  size_t clusters;

  size_t padded() const { return padded_clusters(clusters); }
};

/// The nearest centre of a row.
struct nearest {
  uint32_t cluster;
  float score;  ///< |c|^2 / 2 - x c: squared distance = |x|^2 + 2 score
  float second; ///< the score of the next; infinite if there is one centre
};

} // namespace models::clustering
