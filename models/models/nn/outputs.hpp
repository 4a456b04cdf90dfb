#pragma once

// The last layer's sums become probabilities or numbers, their loss and its
// derivatives. Pure functions of one row, any thread.

#include <models/nn/mlp.hpp>

namespace models {

/// What is true of some rows: classes or, for flags and numbers, targets.
struct row_truth {
  std::span<const int32_t> labels = {}; ///< 0..outputs-1
  std::span<const float* const> targets =
    {}; ///< each of `outputs` floats; flags: 0 or 1

  /// Some rows of it.
  row_truth part(size_t first, size_t n) const {
    return {labels.empty() ? labels : labels.subspan(first, n),
            targets.empty() ? targets : targets.subspan(first, n)};
  }
};

/// What became of a row.
struct row_result {
  double loss = 0;   ///< not a number if a sum is not
  uint32_t best = 0; ///< classes: the most probable, the first of equal ones
  bool hit = false;  ///< classes: the right one; flags: all of them right;
                     ///< numbers: never
};

/// Replaces sums by probabilities (classes, flags) or leaves them (numbers);
/// a row's padding becomes zeros.
/// @param z `round_up(outputs, 16)` floats
/// @returns the most probable class
uint32_t finish_outputs(output_kind kind, std::span<float> z, size_t outputs);

/// The same, and what the loss of the row is.
/// @param row of the truth
/// Source: Bishop (2006), eq. 4.108, 4.90; Huber (1964), "Robust estimation of
/// a location parameter".
row_result judge_outputs(output_kind kind,
                         std::span<float> z,
                         size_t outputs,
                         const row_truth& truth,
                         size_t row);

/// Replaces finished outputs by the derivatives of the loss by their sums,
/// times `scale`.
void derive_outputs(output_kind kind,
                    std::span<float> z,
                    size_t outputs,
                    const row_truth& truth,
                    size_t row,
                    float scale);

} // namespace models
