#pragma once

// The way from a table to the rows of a kind that takes all of them, as
// clustering does.

#include <models/core/rows.hpp>
#include <models/kinds/kind.hpp>

#include <nlohmann/json_fwd.hpp>

namespace models {

/// A table made ready.
struct table_input {
  pipeline fitted; ///< on all rows
  dataset data;    ///< all rows

  rows_view rows() const { return {data.features, data.inputs}; }
};

/// Prepares as the parameters of `preparation_parameters` say.
/// @throws data_error, std::invalid_argument as the pipeline
table_input prepare_table(const kind_input& input);

/// What was read and done, for the record.
nlohmann::json data_json(const table_input& input);

/// A kind's own parameters and those of the preparation.
std::vector<parameter> with_preparation(std::vector<parameter> rows);

} // namespace models
