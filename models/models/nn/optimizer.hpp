#pragma once

// Optimisers over any part of a block of parameters. Element by element: the
// bits do not depend on how the block is cut, nor on alignment.

#include <cstdint>
#include <span>

namespace models {

enum class optimizer : uint8_t { sgd, adam };

/// A rule and its constants.
struct optimizer_config {
  optimizer rule = optimizer::adam;
  float rate = 0.001f;   ///< learning rate, > 0
  float beta1 = 0.9f;    ///< of adam: memory of the mean, [0, 1)
  float beta2 = 0.999f;  ///< of adam: memory of the square, [0, 1)
  float epsilon = 1e-8f; ///< of adam: > 0

  friend bool operator==(const optimizer_config&,
                         const optimizer_config&) = default;
};

/// @throws std::invalid_argument naming the member and its range
void check(const optimizer_config& config);

/// Part of the state of a training. Sgd leaves `m` and `v` alone.
template <class Float>
struct optimizer_slice {
  std::span<Float> w; ///< parameters
  std::span<Float> m; ///< adam: mean of the gradient
  std::span<Float> v; ///< adam: mean of its square
};

/// Applies one step.
/// @param step 1 for the first step of a training
/// @param before,after of equal size, a multiple of 16; may be the same memory
/// @param gradient summed over the batch
/// Source: Kingma, Ba (2015), "Adam: a method for stochastic optimization",
/// algorithm 1.
void apply(const optimizer_config& config,
           uint64_t step,
           const optimizer_slice<const float>& before,
           std::span<const float> gradient,
           const optimizer_slice<float>& after);

} // namespace models
