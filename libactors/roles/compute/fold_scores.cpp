#include <models/core/error.hpp>
#include <roles/compute/fold_scores.hpp>

#include <array>
#include <cmath>

namespace roles {

namespace {

using nlohmann::json;

constexpr std::array names{
  "accuracy", "balanced_accuracy", "precision", "recall", "f1", "loss"};

} // namespace

void fold_scores::add(const models::classification_report& x) {
  scores_.push_back({x.accuracy, x.balanced_accuracy, x.macro.precision,
                     x.macro.recall, x.macro.f1, x.loss});
}

json fold_scores::summary() const {
  json result{{"count", scores_.size()}};
  auto count = static_cast<double>(scores_.size());
  for (size_t i = 0; i < names.size(); ++i) {
    double sum = 0;
    double squares = 0;
    auto values = json::array();
    for (auto& fold : scores_) {
      sum += fold[i];
      values.push_back(fold[i]);
    }
    for (auto& fold : scores_)
      squares += (fold[i] - sum / count) * (fold[i] - sum / count);
    result[names[i]] = {{"mean", sum / count},
                        {"deviation", std::sqrt(squares / count)},
                        {"values", values}};
  }
  return result;
}

std::string fold_scores::save() const {
  return json(scores_).dump();
}

fold_scores fold_scores::load(const std::string& text) {
  fold_scores result;
  try {
    json::parse(text).get_to(result.scores_);
  } catch (const json::exception& e) {
    throw models::data_error{std::string{"checkpoint: folds: "} + e.what()};
  }
  for (auto& fold : result.scores_)
    if (fold.size() != names.size())
      throw models::data_error{"checkpoint: folds: a fold of "
                               + std::to_string(fold.size()) + " scores"};
  return result;
}

} // namespace roles
