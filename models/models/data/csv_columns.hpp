#pragma once

// Which column of a CSV file is what: the header and the options are turned
// into a plan before the first row is read. Internal to the CSV reader.

#include <models/data/csv_scanner.hpp>
#include <models/data/table.hpp>

#include <optional>

namespace models {

/// The plan for one file.
struct csv_columns {
  static constexpr size_t nothing = static_cast<size_t>(-1);

  std::vector<file_column> layout;   ///< in the order of the file
  std::vector<size_t> feature_of;    ///< per column: its feature, or nothing
  std::vector<table_column> columns; ///< per feature; from `known` if given
  std::vector<bool> named_text;      ///< per feature: the user said text
  size_t label = nothing;            ///< the label's column, or nothing
  bool named = true;                 ///< from a header
};

/// Plans the columns of a file.
/// @param names of the header, or made up; `named` says which
/// @param place where errors are; the header is on line `line`
/// Throws `data_error` for a missing, unknown or doubled name and for a number
/// of columns that does not fit `known`.
csv_columns plan_columns(std::vector<std::string> names,
                         bool named,
                         uint64_t line,
                         const csv_place& place,
                         const table_options& options,
                         const table_schema* known);

} // namespace models
