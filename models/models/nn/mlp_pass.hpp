#pragma once

// The computations of a multilayer perceptron. No state, no allocation: the
// caller owns every buffer. The bits of a result do not depend on how rows or
// parameters are cut into calls, on threads, processes or the alignment of
// memory (tests/models/nn holds this). Floats that the caller reads later must
// be computed under `denormals_off`.
//
// Training is cut in two, so that no gradient is ever written to shared memory:
//  1. `backward` for a few rows of the batch leaves their activations and
//     deltas in the batch's trace: the factors of the gradient.
//  2. `gradient` for a few rows of a layer multiplies the factors of *all*
//     batch rows, in the order of the batch. Its sum is therefore the same
//     whoever computed the factors, and it is needed in the cache only, where
//     the optimiser takes it.

#include <models/nn/dropout.hpp>
#include <models/nn/mlp.hpp>

namespace models {

/// What a batch leaves behind: per layer the activations of all rows and the
/// deltas (derivatives of the loss by the units' sums) of all rows.
struct mlp_trace {
  float* data; ///< rows x `layout.trace_floats()`, best on a cache line
  size_t rows; ///< of the batch

  /// Activations of a hidden layer, `layer.trace_stride` floats a row.
  float* activations(const dense_layer& layer) const {
    return data + layer.trace_before * rows;
  }

  /// Deltas of a layer, `layer.trace_stride` floats a row.
  float* deltas(const dense_layer& layer) const {
    return activations(layer) + size_t{layer.trace_stride} * rows;
  }
};

/// Some rows of a batch.
struct mlp_rows {
  std::span<const float* const> x; ///< each of `inputs` floats
  std::span<const int32_t> labels; ///< of the rows, 0..outputs-1
  uint32_t first = 0;              ///< their first row in the batch
};

/// Scratch memory of one worker for networks of one layout.
class mlp_workspace {
public:
  explicit mlp_workspace(const mlp_layout& layout);

  /// Rows of the layers' blocks that `gradient` computes at most at once.
  uint32_t max_rows(const dense_layer& layer) const;

  std::span<float> packed() { return packed_; }

  std::span<float> sums() { return sums_; }

  /// Activations of a piece of rows, twice.
  std::span<float> rows(size_t which) {
    return std::span(rows_).subspan(which * rows_.size() / 2, rows_.size() / 2);
  }

private:
  std::vector<float> packed_;
  std::vector<float> sums_;
  std::vector<float> rows_;
};

/// Forward and backward pass of some rows of a batch with dropout: fills their
/// part of the trace.
/// @param params the block, `layout.parameters()` floats
/// @param scale the deltas are those of the loss times `scale` (1 / rows)
/// @param[out] losses cross-entropy of each row, nats
/// @param[out] hits 1 for each row whose class was found, else 0
/// Source: Rumelhart, Hinton, Williams (1986); Bishop (2006), section 5.3.
void backward(const mlp_layout& layout,
              std::span<const float> params,
              const mlp_rows& rows,
              float scale,
              const dropout_key& key,
              const mlp_trace& trace,
              std::span<float> losses,
              std::span<uint32_t> hits);

/// The gradient by rows [first, last) of a layer's part of the block, summed
/// over all rows of the batch.
/// @param x the batch's rows, for the first layer
/// @param last at most first + `work.max_rows(layer)`
/// @returns (last - first) x `layer.stride` floats in the workspace
std::span<const float> gradient(const mlp_layout& layout,
                                size_t layer,
                                uint32_t first,
                                uint32_t last,
                                std::span<const float* const> x,
                                const mlp_trace& trace,
                                mlp_workspace& work);

/// Class probabilities of some rows, without dropout.
/// @param x rows of `inputs` floats
/// @param[out] probabilities x.size() rows of `outputs` floats
void predict(const mlp_layout& layout,
             std::span<const float> params,
             std::span<const float* const> x,
             std::span<float> probabilities,
             mlp_workspace& work);

/// What the rows of a labelled set give.
struct mlp_score {
  double loss = 0;      ///< cross-entropy, nats, summed over the rows
  uint32_t correct = 0; ///< rows whose class was found
};

/// Loss and predicted classes of some rows, without dropout.
/// @param[out] predicted if not empty, the most probable class of each row
mlp_score evaluate(const mlp_layout& layout,
                   std::span<const float> params,
                   std::span<const float* const> x,
                   std::span<const int32_t> labels,
                   std::span<int32_t> predicted,
                   mlp_workspace& work);

} // namespace models
