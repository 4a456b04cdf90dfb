#include <models/metrics/classification.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace models {

namespace {

double quotient(double a, double b) {
  return b == 0 ? 0 : a / b;
}

/// Of one class: rows that are it, rows taken for it, rows that are both.
struct tally {
  double truth = 0;
  double predicted = 0;
  double right = 0;
};

tally tally_of(const confusion_matrix& m, size_t c) {
  tally t;
  for (size_t i = 0; i < m.classes(); ++i) {
    t.truth += static_cast<double>(m.counts[c][i]);
    t.predicted += static_cast<double>(m.counts[i][c]);
  }
  t.right = static_cast<double>(m.counts[c][c]);
  return t;
}

class_scores scores_of(const tally& t) {
  return {quotient(t.right, t.predicted), quotient(t.right, t.truth),
          quotient(2 * t.right, t.truth + t.predicted)};
}

size_t rows_of(size_t values, size_t classes) {
  if (classes == 0 || values % classes != 0)
    throw std::invalid_argument(std::to_string(values)
                                + " probabilities for rows of "
                                + std::to_string(classes) + " classes");
  return values / classes;
}

size_t checked_class(int32_t c, size_t classes) {
  if (c < 0 || static_cast<size_t>(c) >= classes)
    throw std::invalid_argument("class " + std::to_string(c) + " of "
                                + std::to_string(classes));
  return static_cast<size_t>(c);
}

} // namespace

void confusion_matrix::add(const confusion_matrix& part) {
  if (part.classes() != classes())
    throw std::invalid_argument("confusion matrices of "
                                + std::to_string(classes()) + " and "
                                + std::to_string(part.classes()) + " classes");
  for (size_t i = 0; i < classes(); ++i)
    for (size_t j = 0; j < classes(); ++j)
      counts[i][j] += part.counts[i][j];
}

confusion_matrix confusion(std::span<const int32_t> truth,
                           std::span<const int32_t> predicted,
                           size_t classes) {
  if (truth.size() != predicted.size())
    throw std::invalid_argument(
      std::to_string(truth.size()) + " true classes and "
      + std::to_string(predicted.size()) + " predicted ones");
  confusion_matrix m;
  m.counts.assign(classes, std::vector<uint64_t>(classes, 0));
  for (size_t i = 0; i < truth.size(); ++i)
    ++m.counts[checked_class(truth[i], classes)]
              [checked_class(predicted[i], classes)];
  return m;
}

double accuracy(const confusion_matrix& m) {
  double right = 0;
  double all = 0;
  for (size_t c = 0; c < m.classes(); ++c) {
    auto t = tally_of(m, c);
    right += t.right;
    all += t.truth;
  }
  return quotient(right, all);
}

double balanced_accuracy(const confusion_matrix& m) {
  double sum = 0;
  double count = 0;
  for (size_t c = 0; c < m.classes(); ++c)
    if (auto t = tally_of(m, c); t.truth > 0) {
      sum += t.right / t.truth;
      ++count;
    }
  return quotient(sum, count);
}

class_scores scores_of(const confusion_matrix& m, size_t c) {
  return scores_of(tally_of(m, c));
}

class_scores scores(const confusion_matrix& m, averaging how) {
  if (how == averaging::micro) {
    auto a = accuracy(m); // each row has one class and one prediction
    return {a, a, a};
  }
  class_scores sum;
  double weights = 0;
  for (size_t c = 0; c < m.classes(); ++c) {
    auto t = tally_of(m, c);
    if (t.truth + t.predicted == 0)
      continue;
    auto weight = how == averaging::macro ? 1 : t.truth;
    auto s = scores_of(t);
    sum.precision += weight * s.precision;
    sum.recall += weight * s.recall;
    sum.f1 += weight * s.f1;
    weights += weight;
  }
  return {quotient(sum.precision, weights), quotient(sum.recall, weights),
          quotient(sum.f1, weights)};
}

double log_loss(std::span<const int32_t> truth,
                std::span<const float> probabilities,
                size_t classes) {
  auto rows = rows_of(probabilities.size(), classes);
  if (rows != truth.size() || rows == 0)
    throw std::invalid_argument("probabilities of " + std::to_string(rows)
                                + " rows for " + std::to_string(truth.size())
                                + " true classes");
  constexpr auto eps = std::numeric_limits<float>::epsilon();
  double sum = 0;
  for (size_t row = 0; row < rows; ++row) {
    auto c = checked_class(truth[row], classes);
    double total = 0;
    double of_truth = 0;
    for (size_t i = 0; i < classes; ++i) {
      double p = std::clamp(probabilities[row * classes + i], eps, 1 - eps);
      total += p;
      of_truth = i == c ? p : of_truth;
    }
    sum -= std::log(of_truth / total);
  }
  return sum / static_cast<double>(rows);
}

std::vector<int32_t> most_probable(std::span<const float> probabilities,
                                   size_t classes) {
  std::vector<int32_t> result(rows_of(probabilities.size(), classes));
  for (size_t row = 0; row < result.size(); ++row) {
    auto first = probabilities.data() + row * classes;
    result[row] =
      static_cast<int32_t>(std::max_element(first, first + classes) - first);
  }
  return result;
}

classification_report evaluate(std::span<const int32_t> truth,
                               std::span<const float> probabilities,
                               size_t classes) {
  classification_report r;
  r.loss = log_loss(truth, probabilities, classes);
  r.confusion =
    confusion(truth, most_probable(probabilities, classes), classes);
  r.rows = truth.size();
  r.accuracy = accuracy(r.confusion);
  r.balanced_accuracy = balanced_accuracy(r.confusion);
  r.macro = scores(r.confusion);
  return r;
}

} // namespace models
