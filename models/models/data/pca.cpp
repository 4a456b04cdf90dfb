#include <models/data/pca.hpp>

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

namespace models {

namespace {

using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>;
using row_matrix =
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr size_t block_rows = 256;

void check(size_t count, size_t inputs, size_t outputs) {
  if (inputs > pca::max_inputs)
    throw std::invalid_argument(
      "pca: " + std::to_string(inputs) + " inputs; it takes at most "
      + std::to_string(pca::max_inputs) + ": leave columns out by --drop");
  if (outputs < 1 || outputs > std::min(count, inputs))
    throw std::invalid_argument(
      "pca: " + std::to_string(outputs) + " components of "
      + std::to_string(count) + " training rows with " + std::to_string(inputs)
      + " inputs; expected 1 to " + std::to_string(std::min(count, inputs)));
}

/// Calls `use(block)` with blocks of rows in double, one after another.
template <class Use>
void each_block(std::span<const float> rows, size_t inputs, Use use) {
  auto count = rows.size() / inputs;
  for (size_t first = 0; first < count; first += block_rows) {
    auto n = std::min(block_rows, count - first);
    Eigen::Map<const row_matrix> block(rows.data() + first * inputs,
                                       static_cast<Eigen::Index>(n),
                                       static_cast<Eigen::Index>(inputs));
    use(matrix(block.cast<double>()));
  }
}

matrix covariance(std::span<const float> rows,
                  const Eigen::RowVectorXd& mean,
                  size_t count) {
  auto d = mean.size();
  matrix sum = matrix::Zero(d, d);
  each_block(rows, static_cast<size_t>(d), [&](matrix block) {
    block.rowwise() -= mean;
    sum.selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
  });
  return sum / std::max(1.0, static_cast<double>(count) - 1);
}

} // namespace

void pca::project(std::span<const float> row, std::span<float> out) const {
  using vector = Eigen::Matrix<double, Eigen::Dynamic, 1>;
  auto d = static_cast<Eigen::Index>(inputs);
  Eigen::Map<const Eigen::VectorXf> x(row.data(), d);
  vector centred = x.cast<double>() - Eigen::Map<const vector>(mean.data(), d);
  for (size_t k = 0; k < outputs; ++k) {
    Eigen::Map<const vector> direction(components.data() + k * inputs, d);
    out[k] = static_cast<float>(direction.dot(centred));
  }
}

double pca::kept() const {
  auto sum = std::accumulate(variance.begin(), variance.end(), 0.0);
  return total_variance > 0 ? std::min(1.0, sum / total_variance) : 1;
}

pca fit_pca(std::span<const float> rows, size_t inputs, size_t outputs) {
  auto count = inputs > 0 ? rows.size() / inputs : 0;
  check(count, inputs, outputs);
  Eigen::RowVectorXd mean =
    Eigen::RowVectorXd::Zero(static_cast<Eigen::Index>(inputs));
  each_block(rows, inputs,
             [&](const matrix& block) { mean += block.colwise().sum(); });
  mean /= static_cast<double>(count);
  auto sum = covariance(rows, mean, count);
  return pca_of({mean.data(), inputs}, {sum.data(), inputs * inputs}, outputs);
}

pca pca_of(std::span<const double> mean,
           std::span<const double> covariances,
           size_t outputs) {
  auto inputs = mean.size();
  auto d = static_cast<Eigen::Index>(inputs);
  Eigen::SelfAdjointEigenSolver<matrix> solver(
    Eigen::Map<const matrix>(covariances.data(), d, d));
  pca result;
  result.inputs = inputs;
  result.outputs = outputs;
  result.mean.assign(mean.begin(), mean.end());
  result.total_variance = std::max(0.0, solver.eigenvalues().sum());
  for (size_t k = 0; k < outputs; ++k) {
    auto column = static_cast<Eigen::Index>(inputs - 1 - k); // ascending
    Eigen::VectorXd v = solver.eigenvectors().col(column);
    Eigen::Index largest = 0;
    v.cwiseAbs().maxCoeff(&largest);
    if (v[largest] < 0)
      v = -v;
    result.components.insert(result.components.end(), v.data(),
                             v.data() + inputs);
    result.variance.push_back(
      std::max(0.0, solver.eigenvalues()[column])); // rounding below 0
  }
  return result;
}

} // namespace models
