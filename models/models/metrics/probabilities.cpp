#include <models/metrics/classification.hpp>
#include <models/metrics/probabilities.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

namespace models {

namespace {

void require(bool good, const std::string& what) {
  if (!good)
    throw std::invalid_argument("probabilities: " + what);
}

void check_sizes(size_t rows, size_t values, size_t classes) {
  require(rows > 0 && values == rows * classes,
          std::to_string(values) + " values for " + std::to_string(rows)
            + " rows of " + std::to_string(classes));
}

bool has_every_class(std::span<const int32_t> truth, size_t classes) {
  std::vector<uint8_t> seen(classes);
  for (auto c : truth)
    if (c >= 0 && static_cast<size_t>(c) < classes)
      seen[static_cast<size_t>(c)] = 1;
  return std::find(seen.begin(), seen.end(), 0) == seen.end();
}

/// How sure each row's most probable class was, and whether it was right.
double error_of_the_sure(std::span<const int32_t> truth,
                         std::span<const float> probabilities,
                         size_t classes) {
  auto predicted = most_probable(probabilities, classes);
  std::vector<uint8_t> right;
  std::vector<float> sure;
  for (size_t i = 0; i < truth.size(); ++i) {
    auto c = static_cast<size_t>(predicted[i]);
    right.push_back(predicted[i] == truth[i]);
    sure.push_back(std::min(probabilities[i * classes + c], 1.0F));
  }
  return calibration_error(calibration_curve(right, sure));
}

/// Rows of one class, and its column.
struct one_class {
  std::vector<uint8_t> positive;
  std::vector<float> scores;
};

one_class class_of(std::span<const int32_t> truth,
                   std::span<const float> probabilities,
                   size_t classes,
                   size_t c) {
  one_class result;
  for (size_t i = 0; i < truth.size(); ++i) {
    result.positive.push_back(truth[i] == static_cast<int32_t>(c));
    result.scores.push_back(probabilities[i * classes + c]);
  }
  return result;
}

} // namespace

double roc_auc(std::span<const uint8_t> positive,
               std::span<const float> scores) {
  check_sizes(positive.size(), scores.size(), 1);
  for (auto x : scores)
    require(!std::isnan(x), "a score that is not a number");
  std::vector<uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return scores[a] < scores[b]; });
  double hits = 0; // pairs in the right order, ties half
  double below = 0;
  double all = 0;
  for (size_t i = 0; i < order.size();) {
    double with = 0;
    double without = 0;
    auto score = scores[order[i]];
    for (; i < order.size() && scores[order[i]] == score; ++i)
      (positive[order[i]] ? with : without) += 1;
    hits += with * (below + without / 2);
    below += without;
    all += with;
  }
  require(all > 0 && below > 0, "an area needs rows of the class and others");
  return hits / (all * below);
}

double roc_auc(std::span<const int32_t> truth,
               std::span<const float> probabilities,
               size_t classes) {
  check_sizes(truth.size(), probabilities.size(), classes);
  require(classes >= 2, "an area needs two classes or more");
  double sum = 0;
  for (size_t c = classes == 2 ? 1 : 0; c < classes; ++c) {
    auto one = class_of(truth, probabilities, classes, c);
    sum += roc_auc(one.positive, one.scores);
  }
  return classes == 2 ? sum : sum / static_cast<double>(classes);
}

double brier_score(std::span<const uint8_t> positive,
                   std::span<const float> probabilities) {
  check_sizes(positive.size(), probabilities.size(), 1);
  double sum = 0;
  for (size_t i = 0; i < positive.size(); ++i) {
    auto d = static_cast<double>(probabilities[i]) - (positive[i] ? 1 : 0);
    sum += d * d;
  }
  return sum / static_cast<double>(positive.size());
}

double brier_score(std::span<const int32_t> truth,
                   std::span<const float> probabilities,
                   size_t classes) {
  check_sizes(truth.size(), probabilities.size(), classes);
  double sum = 0;
  for (size_t c = 0; c < classes; ++c) {
    auto one = class_of(truth, probabilities, classes, c);
    sum += brier_score(one.positive, one.scores);
  }
  return sum;
}

std::vector<calibration_bin>
calibration_curve(std::span<const uint8_t> positive,
                  std::span<const float> probabilities,
                  size_t bins) {
  check_sizes(positive.size(), probabilities.size(), 1);
  require(bins >= 1 && bins <= 1000, "bins must be 1 to 1000");
  std::vector<calibration_bin> all(bins);
  for (size_t i = 0; i < positive.size(); ++i) {
    auto p = static_cast<double>(probabilities[i]);
    require(p >= 0 && p <= 1, "a probability that is not from 0 to 1");
    // As scikit-learn: a bin has its right end, the first one both.
    auto at = std::ceil(p * static_cast<double>(bins)) - 1;
    auto& bin = all[static_cast<size_t>(std::max(at, 0.0))];
    bin.predicted += p;
    bin.observed += positive[i] ? 1 : 0;
    ++bin.rows;
  }
  std::erase_if(all, [](auto& bin) { return bin.rows == 0; });
  for (auto& bin : all) {
    bin.predicted /= static_cast<double>(bin.rows);
    bin.observed /= static_cast<double>(bin.rows);
  }
  return all;
}

double calibration_error(std::span<const calibration_bin> curve) {
  double sum = 0;
  double rows = 0;
  for (auto& bin : curve) {
    sum +=
      std::abs(bin.predicted - bin.observed) * static_cast<double>(bin.rows);
    rows += static_cast<double>(bin.rows);
  }
  return rows > 0 ? sum / rows : 0;
}

probability_report evaluate_probabilities(std::span<const int32_t> truth,
                                          std::span<const float> probabilities,
                                          size_t classes) {
  probability_report report;
  report.brier = brier_score(truth, probabilities, classes);
  if (classes == 2) // each of them has the same part
    report.brier /= 2;
  report.calibration_error = error_of_the_sure(truth, probabilities, classes);
  if (classes >= 2 && has_every_class(truth, classes))
    report.roc_auc = roc_auc(truth, probabilities, classes);
  return report;
}

} // namespace models
