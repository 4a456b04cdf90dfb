#include <shell/jobs/measures.hpp>
#include <shell/net/fields.hpp>
#include <shell/text/units.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace lepton_shell {

namespace {

using enum better;

// The first of them that models have in common decides between them.
constexpr std::array<measure, 26> table{{
  {"accuracy", higher, true},
  {"balanced_accuracy", higher, true},
  {"precision", higher, true},
  {"recall", higher, true},
  {"f1", higher, true},
  {"roc_auc", higher, true},
  {"hamming", lower, true},
  {"r2", higher, true},
  {"rmse", lower, false},
  {"mae", lower, false},
  {"mse", lower, false},
  {"log_loss", lower, false},
  {"loss", lower, false},
  {"brier", lower, false},
  {"calibration_error", lower, false},
  {"silhouette", higher, true},
  {"ari", higher, true},
  {"nmi", higher, true},
  {"inertia", lower, false},
  {"log_likelihood", higher, false},
  {"bic", lower, false},
  {"aic", lower, false},
  {"return", higher, false},
  {"success_rate", higher, true},
  {"residual", lower, false},
  {"explained_variance", higher, true},
}};

constexpr std::array<std::string_view, 1> no_measures{"rows"};

} // namespace

measure measure_of(std::string_view name) {
  for (auto& row : table)
    if (row.name == name)
      return row;
  return {name, neither, false};
}

std::vector<measured> measures_in(const json& metrics) {
  std::vector<measured> all;
  if (!metrics.is_object())
    return all;
  for (auto& row : table)
    if (auto x = number_of(metrics, row.name); !std::isnan(x))
      all.push_back({std::string(row.name), x, row});
  for (auto& [name, value] : metrics.items()) {
    auto known = std::find(no_measures.begin(), no_measures.end(), name)
                 != no_measures.end();
    for (auto& row : table)
      known = known || row.name == name;
    if (!known && value.is_number())
      all.push_back({name, value.get<double>(), {{}, neither, false}});
  }
  return all;
}

std::string text_of(const measure& m, double value) {
  if (std::isnan(value))
    return "-";
  return m.share ? score(value) : figure(value, 5);
}

std::string measures_text(const json& metrics) {
  std::string text;
  for (auto& m : measures_in(metrics))
    text +=
      (text.empty() ? "" : ", ") + m.name + " " + text_of(m.meaning, m.value);
  return text;
}

} // namespace lepton_shell
