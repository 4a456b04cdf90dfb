#pragma once

// Densities of normal distributions for blocks of rows. Internal.

#include <models/clustering/gmm.hpp>

#include <Eigen/Core>

namespace models::clustering {

using matrix = Eigen::MatrixXd;
using vector = Eigen::VectorXd;

/// The distributions as numbers that lie elsewhere.
struct mixture_view {
  covariance_form form;
  size_t clusters;
  size_t columns;
  const double* offsets; ///< clusters: log of weight and normalisation
  const double* means;   ///< clusters x columns
  /// clusters x size(): inverse Cholesky factors, column-major, or reciprocal
  /// deviations.
  const double* factors;

  size_t size() const {
    return form == covariance_form::full ? columns * columns : columns;
  }
};

constexpr size_t gmm_block_rows = 256;

/// Rows minus the mean of a cluster.
/// @returns columns x count
matrix
centred(const mixture_view& m, size_t cluster, const float* rows, size_t count);

/// @param out clusters x count: logarithms of weight times density
void log_densities(const mixture_view& m,
                   const float* rows,
                   size_t count,
                   matrix& out);

/// Makes probabilities of them. @returns the sum of the rows' logarithms
double normalise(matrix& densities);

} // namespace models::clustering

namespace models {

struct gmm_model::factors {
  std::vector<double> offsets;
  std::vector<double> values;
};

clustering::mixture_view view_of(const gmm_model& model);

} // namespace models
