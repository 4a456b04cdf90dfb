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
// With batch normalisation `backward` has several stages, see
// `mlp_layout::stages`: each begins when all rows of the batch have had the one
// before, and reads of other rows only what earlier stages wrote.

#include <models/nn/batch_norm.hpp>
#include <models/nn/dropout.hpp>
#include <models/nn/front_pass.hpp>
#include <models/nn/mlp.hpp>
#include <models/nn/outputs.hpp>

namespace models {

/// What a batch leaves behind: per layer the activations of all rows and the
/// deltas (derivatives of the loss by the units' sums) of all rows; with batch
/// normalisation also the sums and the derivatives by what was made of them.
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

  /// Sums of a layer with batch normalisation, likewise.
  float* sums(const dense_layer& layer) const {
    return activations(layer) + size_t{2} * layer.trace_stride * rows;
  }

  /// Derivatives of the loss by a normalised layer's values, likewise.
  float* flows(const dense_layer& layer) const {
    return activations(layer) + size_t{3} * layer.trace_stride * rows;
  }

  /// The front of a row.
  front_row front(size_t row) const { return {data, rows, row}; }
};

/// Some rows of a batch.
struct mlp_rows {
  std::span<const float* const> x; ///< each of `inputs` floats
  row_truth truth;                 ///< of the rows
  uint32_t first = 0;              ///< their first row in the batch
};

/// Scratch memory of one worker for networks of one layout.
class mlp_workspace {
public:
  explicit mlp_workspace(const mlp_layout& layout);

  /// Rows of a group that `gradient` computes at most at once.
  static uint32_t max_rows(const parameter_group& group);

  std::span<float> packed() { return packed_; }

  std::span<float> sums() { return sums_; }

  /// Activations of a piece of rows, twice.
  std::span<float> rows(size_t which) {
    return std::span(rows_).subspan(which * rows_.size() / 2, rows_.size() / 2);
  }

  norm_statistics& statistics() { return statistics_; }

  front_workspace& front() { return front_; }

  /// What the front makes of a piece of rows, in predictions; derivatives by
  /// that in training.
  std::span<float> flat() { return flat_; }

private:
  norm_statistics statistics_;
  front_workspace front_;
  std::vector<float> flat_;
  std::vector<float> packed_;
  std::vector<float> sums_;
  std::vector<float> rows_;
};

/// Forward and backward pass of some rows of a batch with dropout: fills their
/// part of the trace.
/// @param params the block, `layout.parameters()` floats
/// @param stage from 0, less than `layout.stages()`
/// @param scale the deltas are those of the loss times `scale` (1 / rows)
/// @param weights of the classes, by which the losses of their rows are
///        multiplied; empty: all 1
/// @param[out] losses of each row, see `output_kind`; in the stage that
///        computes the outputs
/// @param[out] hits 1 for each row that was right, else 0; likewise
/// Source: Rumelhart, Hinton, Williams (1986); Bishop (2006), section 5.3.
void backward(const mlp_layout& layout,
              std::span<const float> params,
              const mlp_rows& rows,
              uint32_t stage,
              float scale,
              std::span<const float> weights,
              const dropout_key& key,
              const mlp_trace& trace,
              std::span<float> losses,
              std::span<uint32_t> hits,
              mlp_workspace& work);

/// The gradient by rows [first, last) of a group, summed over all rows of the
/// batch. For the running statistics of batch normalisation, which follow no
/// gradient: those of the batch (the variance unbiased).
/// @param x the batch's rows, for the first layer
/// @param last at most first + `work.max_rows(group)`
/// @returns (last - first) x `group.stride` floats in the workspace
std::span<const float> gradient(const mlp_layout& layout,
                                size_t group,
                                uint32_t first,
                                uint32_t last,
                                std::span<const float* const> x,
                                const mlp_trace& trace,
                                mlp_workspace& work);

/// Class probabilities, probabilities of flags or numbers of some rows, without
/// dropout.
/// @param x rows of `inputs` floats
/// @param[out] probabilities x.size() rows of `outputs` floats
void predict(const mlp_layout& layout,
             std::span<const float> params,
             std::span<const float* const> x,
             std::span<float> probabilities,
             mlp_workspace& work);

/// What the rows of a labelled set give.
struct mlp_score {
  double loss = 0;      ///< summed over the rows
  uint32_t correct = 0; ///< rows that were right
};

/// Where predictions of rows go; either may be empty.
struct row_predictions {
  std::span<int32_t> classes = {}; ///< the most probable of each row
  std::span<float> outputs = {};   ///< `outputs` floats a row: flags, numbers
};

/// Loss and predictions of some rows, without dropout and class weights.
mlp_score evaluate(const mlp_layout& layout,
                   std::span<const float> params,
                   std::span<const float* const> x,
                   const row_truth& truth,
                   const row_predictions& predicted,
                   mlp_workspace& work);

} // namespace models
