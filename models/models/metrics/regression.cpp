#include <models/metrics/regression.hpp>

#include <cmath>
#include <stdexcept>
#include <string>

namespace models {

namespace {

size_t rows_of(std::span<const float> truth,
               std::span<const float> predicted,
               size_t outputs) {
  if (outputs == 0 || truth.empty() || truth.size() % outputs != 0
      || truth.size() != predicted.size())
    throw std::invalid_argument("metrics: " + std::to_string(predicted.size())
                                + " predictions for "
                                + std::to_string(truth.size()) + " values of "
                                + std::to_string(outputs) + " outputs");
  return truth.size() / outputs;
}

/// Adds a share of the measures of one output.
void add_output(regression_report& sum,
                std::span<const float> truth,
                std::span<const float> predicted,
                size_t outputs,
                size_t which) {
  auto n = static_cast<double>(sum.rows);
  double mean = 0, absolute = 0, squared = 0, spread = 0;
  for (auto i = which; i < truth.size(); i += outputs)
    mean += static_cast<double>(truth[i]) / n;
  for (auto i = which; i < truth.size(); i += outputs) {
    auto t = static_cast<double>(truth[i]);
    auto error = static_cast<double>(predicted[i]) - t;
    absolute += std::abs(error);
    squared += error * error;
    spread += (t - mean) * (t - mean);
  }
  auto share = 1 / static_cast<double>(outputs);
  sum.mae += absolute / n * share;
  sum.rmse += std::sqrt(squared / n) * share;
  if (spread > 0)
    sum.r2 += (1 - squared / spread) * share;
  else
    sum.r2 += squared > 0 ? 0 : share;
}

double quotient(double a, double b) {
  return b > 0 ? a / b : 0;
}

} // namespace

regression_report evaluate_numbers(std::span<const float> truth,
                                   std::span<const float> predicted,
                                   size_t outputs) {
  regression_report report;
  report.rows = rows_of(truth, predicted, outputs);
  for (size_t i = 0; i < outputs; ++i)
    add_output(report, truth, predicted, outputs, i);
  return report;
}

flags_report evaluate_flags(std::span<const float> truth,
                            std::span<const float> probabilities,
                            size_t outputs) {
  flags_report report;
  report.rows = rows_of(truth, probabilities, outputs);
  auto share = 1 / static_cast<double>(outputs);
  size_t wrong = 0, wrong_rows = 0;
  for (size_t o = 0; o < outputs; ++o) {
    double both = 0, said = 0, is = 0;
    for (auto i = o; i < truth.size(); i += outputs) {
      auto t = truth[i] > 0.5f, p = probabilities[i] > 0.5f;
      both += t && p;
      said += p;
      is += t;
      wrong += t != p;
    }
    report.precision += quotient(both, said) * share;
    report.recall += quotient(both, is) * share;
    report.f1 += quotient(2 * both, said + is) * share;
  }
  for (size_t row = 0; row < truth.size(); row += outputs) {
    bool right = true;
    for (auto i = row; i < row + outputs; ++i)
      right &= (truth[i] > 0.5f) == (probabilities[i] > 0.5f);
    wrong_rows += !right;
  }
  auto rows = static_cast<double>(report.rows);
  report.accuracy = 1 - static_cast<double>(wrong_rows) / rows;
  report.hamming = static_cast<double>(wrong) / rows * share;
  return report;
}

} // namespace models
