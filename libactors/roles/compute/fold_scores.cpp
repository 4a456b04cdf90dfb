#include <models/core/error.hpp>
#include <roles/compute/fold_scores.hpp>

#include <algorithm>
#include <cmath>

namespace roles {

namespace {

using nlohmann::json;

} // namespace

void fold_scores::add(const json& metrics) {
  auto& fold = scores_.emplace_back();
  for (auto& [name, value] : metrics.items())
    if (value.is_number() && name != "rows")
      fold[name] = value.get<double>();
}

json fold_scores::summary() const {
  json result{{"count", scores_.size()}};
  auto count = static_cast<double>(scores_.size());
  if (scores_.empty())
    return result;
  for (auto& [name, first] : scores_.front()) {
    double sum = 0;
    double squares = 0;
    auto values = json::array();
    for (auto& fold : scores_) {
      sum += fold.at(name);
      values.push_back(fold.at(name));
    }
    for (auto& fold : scores_)
      squares += (fold.at(name) - sum / count) * (fold.at(name) - sum / count);
    result[name] = {{"mean", sum / count},
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
  auto same_names = [&](auto& fold) {
    return std::equal(fold.begin(), fold.end(), result.scores_[0].begin(),
                      result.scores_[0].end(),
                      [](auto& a, auto& b) { return a.first == b.first; });
  };
  for (auto& fold : result.scores_)
    if (!same_names(fold))
      throw models::data_error{"checkpoint: folds: different scores"};
  return result;
}

} // namespace roles
