#include <models/core/error.hpp>
#include <models/data/targets.hpp>
#include <models/data/text.hpp>

#include <algorithm>
#include <cmath>

namespace models {

namespace {

/// The features that become targets, and those that stay.
struct division {
  std::vector<size_t> targets;
  std::vector<size_t> features;
};

division divide(const table& t, const std::vector<std::string>& names) {
  auto& columns = t.schema.columns;
  division result;
  std::vector<bool> taken(columns.size());
  for (auto& name : names) {
    auto i = std::find_if(columns.begin(), columns.end(),
                          [&](auto& c) { return c.name == name; });
    if (i == columns.end())
      throw data_error(t.report.path + ": no column " + shown(name)
                       + " for --label");
    if (i->kind != column_kind::number)
      throw data_error(t.report.path + ": column " + shown(name)
                       + " holds words; the label of this task is a number");
    auto at = static_cast<size_t>(i - columns.begin());
    if (taken[at])
      throw data_error(t.report.path + ": column " + shown(name)
                       + " is twice in --label");
    taken[at] = true;
    result.targets.push_back(at);
  }
  // In the order of the file: so a model finds them again.
  std::sort(result.targets.begin(), result.targets.end());
  for (size_t i = 0; i < columns.size(); ++i)
    if (!taken[i])
      result.features.push_back(i);
  if (result.features.empty())
    throw data_error(t.report.path + ": no feature is left beside the label");
  return result;
}

bool misses_one(const float* row, const std::vector<size_t>& columns) {
  return std::any_of(columns.begin(), columns.end(),
                     [&](size_t c) { return std::isnan(row[c]); });
}

/// Moves the values; `t.values` keeps the features of the rows that stay.
void move_values(table& t, const division& parts) {
  auto width = t.schema.columns.size();
  size_t kept = 0;
  auto to = t.values.begin();
  for (size_t row = 0; row < t.rows; ++row) {
    auto from = t.values.data() + row * width;
    if (misses_one(from, parts.targets))
      continue;
    for (auto c : parts.targets)
      t.targets.push_back(from[c]);
    for (auto c : parts.features)
      *to++ = from[c];
    if (!t.lines.empty())
      t.lines[kept] = t.lines[row];
    ++kept;
  }
  t.values.erase(to, t.values.end());
  if (!t.lines.empty())
    t.lines.resize(kept);
  t.report.rows_dropped += t.rows - kept;
  t.rows = kept;
}

template <class T>
void keep_only(std::vector<T>& all, const std::vector<size_t>& which) {
  std::vector<T> kept;
  for (auto i : which)
    kept.push_back(std::move(all[i]));
  all = std::move(kept);
}

} // namespace

bool has_targets(const table_schema& schema) {
  return schema.classes.empty() && !target_names(schema).empty();
}

std::vector<std::string> target_names(const table_schema& schema) {
  std::vector<std::string> names;
  for (auto& column : schema.layout)
    if (column.role == column_role::label)
      names.push_back(column.name);
  return names;
}

table_schema with_targets(const table_schema& schema) {
  auto result = schema;
  result.columns.clear();
  size_t feature = 0;
  for (auto& column : result.layout) {
    if (column.role == column_role::label) {
      column.role = column_role::feature;
      result.columns.emplace_back().name = column.name;
    } else if (column.role == column_role::feature) {
      result.columns.push_back(schema.columns.at(feature++));
    }
  }
  return result;
}

std::vector<std::string> named_targets(const std::string& label,
                                       const table_schema& schema) {
  if (label == "first")
    return {schema.layout.front().name};
  if (label == "last")
    return {schema.layout.back().name};
  std::vector<std::string> names;
  for (size_t first = 0; first <= label.size();) {
    auto comma = std::min(label.find(',', first), label.size());
    names.push_back(label.substr(first, comma - first));
    first = comma + 1;
  }
  return names;
}

void take_targets(table& t, const std::vector<std::string>& names) {
  auto parts = divide(t, names);
  move_values(t, parts);
  if (t.rows == 0)
    throw data_error(t.report.path + ": no row has a value in the label");
  for (auto& column : t.schema.layout)
    if (std::find(names.begin(), names.end(), column.name) != names.end())
      column.role = column_role::label;
  keep_only(t.schema.columns, parts.features);
  keep_only(t.report.columns, parts.features);
  keep_only(t.report.category_counts, parts.features);
}

} // namespace models
