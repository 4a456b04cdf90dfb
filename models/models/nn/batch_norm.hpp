#pragma once

// Batch normalisation of a dense layer. The statistics are those of the whole
// batch, summed in the order of its rows by whoever needs them: the bits do not
// depend on shards, workers or how a batch is cut into calls.
// Source: Ioffe, Szegedy (2015), "Batch normalization", algorithm 1.

#include <models/nn/mlp.hpp>

#include <vector>

namespace models {

/// How much of a batch's statistics enters the running ones in a step.
inline constexpr float norm_momentum = 0.1f;

/// Added to a variance before its root is taken.
inline constexpr float norm_epsilon = 1e-5f;

/// Rows of a layer, `stride` floats apart.
struct batch_rows {
  const float* data;
  size_t stride;
  size_t rows;
};

/// Mean and variance of each unit over the rows, in memory of the caller.
struct norm_statistics {
  std::vector<float> mean;
  std::vector<float> variance; ///< that of the population
  std::vector<float> scale;    ///< 1 / sqrt(variance + epsilon)
  std::vector<float> flow;     ///< sums of the derivatives by the output
  std::vector<float> flow_x;   ///< likewise, times the normalised sums

  void resize(size_t units);
};

/// @param z sums of all rows of the batch
void find_statistics(const dense_layer& layer,
                     const batch_rows& z,
                     norm_statistics& out);

/// The sums over the batch that its derivatives need.
/// @param flow derivatives of the loss by the layer's normalised output
/// @pre `find_statistics` of z
void find_flows(const dense_layer& layer,
                const batch_rows& z,
                const batch_rows& flow,
                norm_statistics& out);

/// Normalises a row, scales and shifts it.
/// @param z `stride` floats
/// @param[out] y likewise
void normalise(const dense_layer& layer,
               std::span<const float> params,
               const norm_statistics& stats,
               const float* z,
               float* y);

/// The same with the running statistics, in place: for predictions.
void normalise(const dense_layer& layer,
               std::span<const float> params,
               float* z);

/// The derivatives of the loss by a row's sums.
/// @pre `find_flows`
void denormalise(const dense_layer& layer,
                 std::span<const float> params,
                 const norm_statistics& stats,
                 size_t rows,
                 const float* z,
                 const float* flow,
                 float* delta);

} // namespace models
