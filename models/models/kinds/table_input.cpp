#include <models/data/preparation.hpp>
#include <models/kinds/table_input.hpp>

#include <nlohmann/json.hpp>
#include <numeric>

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

} // namespace models
