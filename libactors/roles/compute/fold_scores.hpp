#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// What a cross-validation brings, fold after fold. A value.
namespace roles {

class fold_scores {
public:
  /// @param metrics of a fold; its numbers count, but not how many `rows`
  void add(const nlohmann::json& metrics);

  /// Folds that are done.
  uint32_t done() const { return static_cast<uint32_t>(scores_.size()); }

  /// `{count, accuracy: {mean, deviation, values: []}, ...}` with the metrics
  /// of the folds; the deviation is that of the population.
  nlohmann::json summary() const;

  /// For a checkpoint, and back. @throws models::data_error
  std::string save() const;
  static fold_scores load(const std::string& text);

private:
  std::vector<std::map<std::string, double>> scores_; ///< per fold, by name
};

} // namespace roles
