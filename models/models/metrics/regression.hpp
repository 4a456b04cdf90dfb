#pragma once

// How good predictions of numbers and of flags are. Pure functions, any
// thread; the conventions are scikit-learn's.

#include <cstddef>
#include <span>

namespace models {

struct regression_report {
  size_t rows = 0;
  double mae = 0;  ///< mean absolute error
  double rmse = 0; ///< root of the mean squared error
  double r2 = 0;   ///< share of the variance explained; a constant truth: 1 if
                   ///< it is met, else 0
};

/// Of several outputs each measure is the mean over the outputs.
/// @param truth,predicted rows x outputs, row-major
/// @throws std::invalid_argument for other sizes, and no rows
regression_report evaluate_numbers(std::span<const float> truth,
                                   std::span<const float> predicted,
                                   size_t outputs);

/// Measures of flags; precision, recall and F1 are means over the flags, with 0
/// where a quotient is 0 / 0.
struct flags_report {
  size_t rows = 0;
  double accuracy = 0; ///< share of the rows whose flags are all right
  double hamming = 0;  ///< share of the flags that are wrong
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

/// @param truth rows x outputs, each 0 or 1
/// @param probabilities likewise; above 0.5 is 1
/// @throws std::invalid_argument for other sizes, and no rows
flags_report evaluate_flags(std::span<const float> truth,
                            std::span<const float> probabilities,
                            size_t outputs);

} // namespace models
