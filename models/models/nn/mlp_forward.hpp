#pragma once

// What the passes over a network share; internal to `mlp_pass.hpp`.

#include <models/nn/kernels.hpp>
#include <models/nn/mlp.hpp>

namespace models::forwarding {

/// Rows that go through a network together in predictions, and at most through
/// its last part in training.
inline constexpr size_t piece_rows = 32;

/// Batch rows that `gradient` packs at once.
inline constexpr size_t packed_depth = 256;

inline kernels::const_matrix weights(const dense_layer& layer,
                                     std::span<const float> params) {
  return {params.data() + layer.offset, layer.stride};
}

/// Sums of a layer for rows given by pointers; with batch normalisation
/// without the biases.
void forward(const dense_layer& layer,
             std::span<const float> params,
             std::span<const float* const> x,
             kernels::matrix out);

/// The same for rows that follow each other.
void forward(const dense_layer& layer,
             std::span<const float> params,
             kernels::const_matrix x,
             size_t rows,
             kernels::matrix out);

} // namespace models::forwarding
