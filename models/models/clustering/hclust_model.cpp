#include <models/clustering/hclust.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace models {

hclust_model::hclust_model(linkage_method method,
                           row_distance distance,
                           std::vector<float> rows,
                           size_t columns,
                           std::vector<int32_t> row_labels,
                           std::vector<uint64_t> sizes)
  : method_(method),
    distance_(distance),
    rows_(std::move(rows)),
    columns_(columns),
    row_labels_(std::move(row_labels)),
    sizes_(std::move(sizes)) {
  auto fits = columns_ > 0 && !sizes_.empty()
              && rows_.size() == row_labels_.size() * columns_
              && std::all_of(rows_.begin(), rows_.end(),
                             [](float x) { return std::isfinite(x); })
              && std::count(sizes_.begin(), sizes_.end(), 0u) == 0;
  std::vector<uint64_t> seen(sizes_.size());
  for (auto x : row_labels_)
    if (fits = fits && x >= 0 && static_cast<size_t>(x) < seen.size(); fits)
      ++seen[static_cast<size_t>(x)];
  if (!fits || (method_ != linkage_method::ward && seen != sizes_)
      || (method_ == linkage_method::ward
          && rows_.size() / columns_ != seen.size()))
    throw std::invalid_argument("hclust: rows, labels and sizes do not fit");
}

std::vector<int32_t> hclust_model::predict(const rows_view& x) const {
  std::vector<float> distances(x.rows * clusters());
  transform(x, distances);
  std::vector<int32_t> result(x.rows);
  for (size_t i = 0; i < x.rows; ++i) {
    auto row = distances.begin() + static_cast<long>(i * clusters());
    result[i] =
      static_cast<int32_t>(std::min_element(row, row + clusters()) - row);
  }
  return result;
}

void hclust_model::transform(const rows_view& x, std::span<float> out) const {
  if (x.columns != columns_ || out.size() != x.rows * clusters())
    throw std::invalid_argument(
      "hclust: rows of " + std::to_string(x.columns) + " columns, fitted on "
      + std::to_string(columns_) + ", or no place for the distances");
  for (size_t i = 0; i < x.rows; ++i)
    transform_row(x.row(i), out.subspan(i * clusters(), clusters()));
}

double hclust_model::distance_to(const float* a, const float* b) const {
  double sum = 0;
  for (size_t f = 0; f < columns_; ++f) {
    auto d = double{a[f]} - double{b[f]};
    sum += distance_ == row_distance::manhattan ? std::abs(d) : d * d;
  }
  return distance_ == row_distance::manhattan ? sum : std::sqrt(sum);
}

void hclust_model::transform_row(const float* row, std::span<float> out) const {
  auto single = method_ == linkage_method::single;
  auto first = single ? std::numeric_limits<double>::infinity() : 0.0;
  std::vector<double> of(clusters(), first);
  for (size_t i = 0; i < row_labels_.size(); ++i) {
    auto d = distance_to(row, rows_.data() + i * columns_);
    auto& own = of[static_cast<size_t>(row_labels_[i])];
    own = single                                ? std::min(own, d)
          : method_ == linkage_method::complete ? std::max(own, d)
                                                : own + d;
  }
  for (size_t c = 0; c < of.size(); ++c) {
    auto n = static_cast<double>(sizes_[c]);
    auto share = method_ == linkage_method::average ? 1 / n
                 : method_ == linkage_method::ward  ? std::sqrt(2 * n / (n + 1))
                                                    : 1;
    out[c] = static_cast<float>(of[c] * share);
  }
}

} // namespace models
