#pragma once

#include <models/data/table.hpp>
#include <models/metrics/classification.hpp>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// What a cross-validation brings, fold after fold. A value.
namespace roles {

class fold_scores {
public:
  void add(const models::classification_report& report);

  /// Folds that are done.
  uint32_t done() const { return static_cast<uint32_t>(scores_.size()); }

  /// `{count, accuracy: {mean, deviation, values: []}, ...}` with the metrics
  /// accuracy, balanced_accuracy, precision, recall, f1, loss; the deviation is
  /// that of the population.
  nlohmann::json summary() const;

  /// For a checkpoint, and back. @throws models::data_error
  std::string save() const;
  static fold_scores load(const std::string& text);

private:
  std::vector<std::vector<double>> scores_; ///< per fold, as `names`
};

} // namespace roles
