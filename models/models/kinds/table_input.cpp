#include <models/data/preparation.hpp>
#include <models/kinds/table_input.hpp>
#include <models/metrics/clustering.hpp>

#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

namespace models {

table_input prepare_table(const kind_input& input) {
  auto& table = *input.data;
  std::vector<uint32_t> rows(table.rows);
  std::iota(rows.begin(), rows.end(), 0u);
  table_input result;
  result.fitted =
    fit_pipeline(table, rows, preparation_from(input.params, table));
  result.data = result.fitted.transform(table);
  return result;
}

nlohmann::json data_json(const table_input& input) {
  auto result = to_json(input.data.report);
  result["steps"] = steps_in_words(input.fitted);
  return result;
}

std::vector<parameter> with_preparation(std::vector<parameter> rows) {
  auto more = preparation_parameters();
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

void add_silhouette(nlohmann::json& metrics,
                    const rows_view& rows,
                    std::span<const int32_t> labels) {
  constexpr size_t most = 4000;
  auto n = std::min(most, rows.rows);
  std::vector<float> judged;
  std::vector<int32_t> theirs;
  std::set<int32_t> clusters;
  size_t members = 0;
  for (size_t i = 0; i < n; ++i) {
    auto row = i * rows.rows / n;
    judged.insert(judged.end(), rows.row(row), rows.row(row) + rows.columns);
    theirs.push_back(labels[row]);
    if (labels[row] >= 0) {
      clusters.insert(labels[row]);
      ++members;
    }
  }
  if (clusters.size() >= 2 && clusters.size() < members)
    metrics["silhouette"] = silhouette({judged, rows.columns}, theirs);
}

} // namespace models
