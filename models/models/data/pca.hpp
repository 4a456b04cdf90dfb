#pragma once

// Principal components: the directions in which rows differ most.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace models {

/// A fitted projection. A value; const functions from any thread.
struct pca {
  static constexpr size_t max_inputs = 4096;

  size_t inputs = 0;
  size_t outputs = 0;
  std::vector<double> mean;       ///< inputs
  std::vector<double> components; ///< outputs x inputs, row-major, unit length
  std::vector<double> variance;   ///< outputs, of n - 1, falling
  double total_variance = 0;      ///< of all inputs

  /// Writes the coordinates of one row.
  /// @param row inputs values
  /// @param out outputs values; beyond float they become infinite
  void project(std::span<const float> row, std::span<float> out) const;

  /// The share of the variance that the components keep, 0 to 1.
  double kept() const;
};

/// Learns the first `outputs` components of `rows` by the eigenvectors of the
/// covariance matrix, in double. The largest coefficient of each component is
/// positive, so that the result is one.
/// @param rows count x inputs, row-major, finite
/// @param outputs 1 to min(count, inputs)
/// Throws `std::invalid_argument` for arguments out of range.
/// Cost: count x inputs^2 / 2 + about 10 inputs^3 operations; memory inputs^2.
/// Source: Jolliffe (2002), Principal Component Analysis, 2nd ed., chapter 2.
pca fit_pca(std::span<const float> rows, size_t inputs, size_t outputs);

/// The same by the columns' covariances, of which the lower triangle is read.
/// @param covariances mean.size() x mean.size(), column-major
/// @param outputs 1 to mean.size()
pca pca_of(std::span<const double> mean,
           std::span<const double> covariances,
           size_t outputs);

} // namespace models
