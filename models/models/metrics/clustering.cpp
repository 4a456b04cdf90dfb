#include <models/clustering/nearest.hpp>
#include <models/metrics/clustering.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

namespace models {

namespace {

void same_length(size_t a, size_t b) {
  if (a != b)
    throw std::invalid_argument("clustering: " + std::to_string(a)
                                + " labels next to " + std::to_string(b));
}

/// How often each pair of labels occurs, and each label.
struct contingency {
  std::map<std::pair<int32_t, int32_t>, double> both;
  std::map<int32_t, double> first;
  std::map<int32_t, double> second;

  contingency(std::span<const int32_t> a, std::span<const int32_t> b) {
    same_length(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      ++both[{a[i], b[i]}];
      ++first[a[i]];
      ++second[b[i]];
    }
  }
};

double entropy(const std::map<int32_t, double>& counts, double n) {
  double sum = 0;
  for (auto& [label, count] : counts)
    sum -= count / n * (std::log(count) - std::log(n));
  return sum;
}

double mutual_information(const contingency& c, double n) {
  double sum = 0;
  for (auto& [pair, count] : c.both)
    sum += count / n
           * (std::log(count) + std::log(n) - std::log(c.first.at(pair.first))
              - std::log(c.second.at(pair.second)));
  return std::max(sum, 0.0);
}

} // namespace

double adjusted_rand_index(std::span<const int32_t> a,
                           std::span<const int32_t> b) {
  contingency c(a, b);
  auto n = static_cast<double>(a.size());
  double squares = 0, first = 0, second = 0;
  for (auto& entry : c.both)
    squares += entry.second * entry.second;
  for (auto& entry : c.first)
    first += entry.second * entry.second;
  for (auto& entry : c.second)
    second += entry.second * entry.second;
  // Pairs: together in both, in one only, in none.
  auto together = squares - n;
  auto only_second = second - squares;
  auto only_first = first - squares;
  auto apart = n * n - only_second - only_first - squares;
  if (only_first == 0 && only_second == 0)
    return 1;
  return 2 * (together * apart - only_first * only_second)
         / ((together + only_first) * (only_first + apart)
            + (together + only_second) * (only_second + apart));
}

double normalized_mutual_information(std::span<const int32_t> a,
                                     std::span<const int32_t> b) {
  contingency c(a, b);
  auto n = static_cast<double>(a.size());
  // One cluster next to one class, or nothing at all: they are equal.
  if (c.first.size() == c.second.size() && c.first.size() <= 1)
    return 1;
  auto shared = mutual_information(c, n);
  if (shared <= 1e-15) // of independent partitions, but for rounding
    return 0;
  return shared / ((entropy(c.first, n) + entropy(c.second, n)) / 2);
}

double inertia(const rows_view& x,
               std::span<const int32_t> labels,
               std::span<const float> centres) {
  same_length(labels.size(), x.rows);
  double sum = 0;
  for (size_t i = 0; i < x.rows; ++i) {
    auto* c = centres.data() + static_cast<size_t>(labels[i]) * x.columns;
    sum += clustering::squared_distance(x.row(i), c, x.columns);
  }
  return sum;
}

double silhouette_sum(std::span<const float* const> rows,
                      size_t columns,
                      std::span<const int32_t> labels,
                      size_t clusters,
                      size_t first,
                      size_t last) {
  std::vector<double> sizes(clusters);
  for (auto label : labels)
    ++sizes[static_cast<size_t>(label)];
  std::vector<double> sums(clusters);
  double total = 0;
  for (auto i = first; i < last; ++i) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (size_t j = 0; j < rows.size(); ++j)
      if (j != i)
        sums[static_cast<size_t>(labels[j])] += std::sqrt(static_cast<double>(
          clustering::squared_distance(rows[i], rows[j], columns)));
    auto own = static_cast<size_t>(labels[i]);
    if (sizes[own] <= 1)
      continue;
    auto a = sums[own] / (sizes[own] - 1);
    auto b = std::numeric_limits<double>::infinity();
    for (size_t k = 0; k < clusters; ++k)
      if (k != own && sizes[k] > 0)
        b = std::min(b, sums[k] / sizes[k]);
    auto larger = std::max(a, b);
    if (larger > 0 && std::isfinite(b))
      total += (b - a) / larger;
  }
  return total;
}

double silhouette(const rows_view& x, std::span<const int32_t> labels) {
  same_length(labels.size(), x.rows);
  std::map<int32_t, int32_t> numbers;
  std::vector<const float*> rows;
  std::vector<int32_t> judged;
  for (size_t i = 0; i < x.rows; ++i)
    if (labels[i] >= 0) {
      auto next = static_cast<int32_t>(numbers.size());
      judged.push_back(numbers.emplace(labels[i], next).first->second);
      rows.push_back(x.row(i));
    }
  if (numbers.size() < 2 || numbers.size() >= rows.size())
    throw std::invalid_argument(
      "silhouette: " + std::to_string(numbers.size()) + " clusters of "
      + std::to_string(rows.size())
      + " rows; there must be from 2 clusters to one less than rows");
  return silhouette_sum(rows, x.columns, judged, numbers.size(), 0, rows.size())
         / static_cast<double>(rows.size());
}

} // namespace models
