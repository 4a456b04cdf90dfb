#pragma once

// Label columns that hold numbers: the answer of a regression, or flags that do
// not exclude each other. The reader takes them for features; here they leave
// the features and become `table::targets`.

#include <models/data/table.hpp>

#include <string>
#include <vector>

namespace models {

/// Whether the answers of data with this schema are numbers.
bool has_targets(const table_schema& schema);

/// The names of the label columns, in the order of the file.
std::vector<std::string> target_names(const table_schema& schema);

/// The same schema with its label columns among the features.
table_schema with_targets(const table_schema& schema);

/// What `--label` names: columns separated by commas, "first" or "last".
std::vector<std::string> named_targets(const std::string& label,
                                       const table_schema& schema);

/// Turns feature columns into targets. Rows that miss one are left out, and
/// counted in the report.
/// @throws data_error naming the column that is not there or holds words, or if
/// no feature or no row is left
void take_targets(table& t, const std::vector<std::string>& names);

} // namespace models
