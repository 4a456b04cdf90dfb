#include <models/clustering/gmm_density.hpp>

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace models {

namespace clustering {

matrix centred(const mixture_view& m,
               size_t cluster,
               const float* rows,
               size_t count) {
  auto d = static_cast<Eigen::Index>(m.columns);
  Eigen::Map<const Eigen::MatrixXf> x(rows, d,
                                      static_cast<Eigen::Index>(count));
  Eigen::Map<const vector> mean(m.means + cluster * m.columns, d);
  matrix result = x.cast<double>();
  result.colwise() -= mean;
  return result;
}

void log_densities(const mixture_view& m,
                   const float* rows,
                   size_t count,
                   matrix& out) {
  auto d = static_cast<Eigen::Index>(m.columns);
  out.resize(static_cast<Eigen::Index>(m.clusters),
             static_cast<Eigen::Index>(count));
  for (size_t c = 0; c < m.clusters; ++c) {
    auto x = centred(m, c, rows, count);
    auto* f = m.factors + c * m.size();
    if (m.form == covariance_form::full)
      x = Eigen::Map<const matrix>(f, d, d).triangularView<Eigen::Lower>()
          * matrix(x);
    else
      x.array().colwise() *= Eigen::Map<const vector>(f, d).array();
    out.row(static_cast<Eigen::Index>(c)) =
      m.offsets[c] - 0.5 * x.colwise().squaredNorm().array();
  }
}

double normalise(matrix& densities) {
  double sum = 0;
  for (Eigen::Index i = 0; i < densities.cols(); ++i) {
    auto column = densities.col(i);
    auto most = column.maxCoeff();
    auto total = 0.0;
    for (auto& x : column) {
      x = std::exp(x - most);
      total += x;
    }
    column /= total;
    sum += most + std::log(total);
  }
  return sum;
}

} // namespace clustering

namespace {

using clustering::matrix;

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("gmm: " + what);
}

/// Inverse factor of a covariance; adds the logarithm of its determinant.
void invert(const double* covariance, size_t d, double* out, double& offset) {
  auto n = static_cast<Eigen::Index>(d);
  Eigen::LLT<matrix> factor(Eigen::Map<const matrix>(covariance, n, n));
  matrix l = factor.matrixL();
  if (factor.info() != Eigen::Success || !(l.diagonal().minCoeff() > 0))
    refuse("a covariance is not positive: rows of a cluster lie in fewer "
           "dimensions than columns; use a larger floor, diagonal covariances "
           "or --pca");
  Eigen::Map<matrix> inverse(out, n, n);
  inverse = l.triangularView<Eigen::Lower>().solve(matrix::Identity(n, n));
  offset += inverse.diagonal().array().log().sum();
}

void invert_diagonal(const double* variances,
                     size_t d,
                     double* out,
                     double& offset) {
  for (size_t f = 0; f < d; ++f) {
    if (!(variances[f] > 0))
      refuse("a variance is not above 0; use a larger floor");
    out[f] = 1 / std::sqrt(variances[f]);
    offset += std::log(out[f]);
  }
}

bool finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](double x) { return std::isfinite(x); });
}

} // namespace

gmm_model::gmm_model(covariance_form form,
                     std::vector<double> weights,
                     std::vector<double> means,
                     std::vector<double> covariances)
  : form_(form),
    columns_(weights.empty() ? 0 : means.size() / weights.size()),
    weights_(std::move(weights)),
    means_(std::move(means)),
    covariances_(std::move(covariances)) {
  auto size = form_ == covariance_form::full ? columns_ * columns_ : columns_;
  auto sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  if (columns_ == 0 || means_.size() != weights_.size() * columns_
      || covariances_.size() != weights_.size() * size || !finite(weights_)
      || !finite(means_) || !finite(covariances_) || std::abs(sum - 1) > 1e-6
      || *std::min_element(weights_.begin(), weights_.end()) <= 0)
    refuse("weights, means and covariances do not fit, or are no numbers");
  auto parts = std::make_shared<factors>();
  parts->values.resize(covariances_.size());
  for (size_t c = 0; c < weights_.size(); ++c) {
    auto offset =
      std::log(weights_[c])
      - 0.5 * static_cast<double>(columns_) * std::log(2 * std::numbers::pi);
    auto* from = covariances_.data() + c * size;
    auto* to = parts->values.data() + c * size;
    if (form_ == covariance_form::full)
      invert(from, columns_, to, offset);
    else
      invert_diagonal(from, columns_, to, offset);
    parts->offsets.push_back(offset);
  }
  factors_ = std::move(parts);
}

clustering::mixture_view view_of(const gmm_model& model) {
  auto& parts = model.parts();
  return {model.form(),         model.clusters(),     model.columns(),
          parts.offsets.data(), model.means().data(), parts.values.data()};
}

uint64_t gmm_model::freedom() const {
  auto d = uint64_t{columns_};
  auto shape = form_ == covariance_form::full ? d * (d + 1) / 2 : d;
  return clusters() * (d + shape) + clusters() - 1;
}

std::vector<int32_t> gmm_model::predict(const rows_view& x) const {
  std::vector<float> probabilities(x.rows * clusters());
  transform(x, probabilities);
  std::vector<int32_t> labels;
  for (size_t i = 0; i < x.rows; ++i) {
    auto row = probabilities.begin() + static_cast<long>(i * clusters());
    labels.push_back(
      static_cast<int32_t>(std::max_element(row, row + clusters()) - row));
  }
  return labels;
}

void gmm_model::transform(const rows_view& x, std::span<float> out) const {
  if (x.columns != columns_ || out.size() != x.rows * clusters())
    refuse("rows of " + std::to_string(x.columns) + " columns, fitted on "
           + std::to_string(columns_) + ", or no place for the probabilities");
  matrix p;
  for (size_t first = 0; first < x.rows; first += clustering::gmm_block_rows) {
    auto n = std::min(clustering::gmm_block_rows, x.rows - first);
    clustering::log_densities(view_of(*this), x.row(first), n, p);
    clustering::normalise(p);
    Eigen::Map<Eigen::MatrixXf>(out.data() + first * clusters(), p.rows(),
                                p.cols()) = p.cast<float>();
  }
}

double gmm_model::score(const rows_view& x) const {
  if (x.columns != columns_ || x.rows == 0)
    refuse("rows of another width, or none");
  matrix p;
  double sum = 0;
  for (size_t first = 0; first < x.rows; first += clustering::gmm_block_rows) {
    auto n = std::min(clustering::gmm_block_rows, x.rows - first);
    clustering::log_densities(view_of(*this), x.row(first), n, p);
    sum += clustering::normalise(p);
  }
  return sum / static_cast<double>(x.rows);
}

} // namespace models
