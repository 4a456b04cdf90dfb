#pragma once

// The way from a table to a model's inputs, learned once, from training rows
// only, and kept with the model: what trains, evaluates and predicts sees the
// same numbers. A value; const functions may be called from many threads.

#include <models/data/table.hpp>

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace models {

/// How number columns are scaled. Text columns become zeros and ones.
enum class scaling : uint8_t {
  none,      ///< as they are
  standard,  ///< minus the mean, by the standard deviation, of training rows
  divide255, ///< bytes of images to [0, 1]
};

/// "none", "standard" or "divide255".
std::string to_string(scaling kind);

/// The inverse of `to_string`; throws `std::invalid_argument`.
scaling scaling_from(const std::string& text);

/// A value given by hand or in a request: a number, or text as in a CSV field.
using cell = std::variant<double, std::string>;

/// A fitted pipeline. Build it with `fit_pipeline` or `pipeline_from_json`.
struct pipeline {
  /// The file it was fitted on: columns, categories, classes.
  table_schema schema;
  missing_policy missing = missing_policy::error; ///< when it was fitted
  scaling scale = scaling::none;
  std::vector<float> fill; ///< per column, for a missing value: see below
  std::vector<float> mean; ///< per column; only scaling::standard, else empty
  std::vector<float> std;  ///< per column, > 0, 1 for constants; as `mean`

  /// Number of features that the model sees: one per number column, one per
  /// category of a text column.
  size_t inputs() const;

  /// A name per input: "petal_length", "day=Tue".
  std::vector<std::string> feature_names() const;

  /// Writes the inputs of the table rows `rows` to `out`, row-major.
  /// @param out rows.size() x inputs()
  /// Throws `std::invalid_argument` for a table of another shape and
  /// `data_error` for a value that is beyond float once it is scaled.
  void transform(const table& t,
                 std::span<const uint32_t> rows,
                 std::span<float> out) const;

  /// All rows of the table, with labels, names and report.
  dataset transform(const table& t) const;

  /// Some rows of the table, in the order of `rows`.
  dataset transform(const table& t, std::span<const uint32_t> rows) const;

  /// Rows of raw numbers, as a client sends them: rows x schema.columns,
  /// row-major; NaN stands for a missing value and is filled, unless the
  /// pipeline refuses them. Only for pipelines without text columns.
  /// Throws `data_error` naming row and column.
  void transform_numbers(std::span<const float> values,
                         size_t rows,
                         std::span<float> out) const;

  /// One row of values given by hand, in the order of the columns.
  /// @returns inputs() floats
  /// Throws `data_error` naming value and column.
  std::vector<float> transform_row(std::span<const cell> values) const;
};

/// Learns a pipeline from the rows `train` of a table.
///
/// `fill` is the column's mean, median or mode as `missing` says (mean under
/// error and drop), over the values that are there; for text the most frequent
/// category; 0 if there is none. `std` is that of the population, computed in
/// double. A missing value counts as filled in for the mean and the deviation.
/// Categories and classes are the table's own: they are part of its schema, and
/// one that no training row has is a constant 0 there.
/// Throws `std::invalid_argument` for no rows or a row that is not there.
pipeline fit_pipeline(const table& t,
                      std::span<const uint32_t> train,
                      scaling scale,
                      missing_policy missing = missing_policy::error);

/// The pipeline as one JSON object; floats survive to the bit.
std::string to_json(const pipeline& p);

/// The inverse of `to_json`, checking everything: fields, types, sizes, finite
/// numbers, deviations above 0, names and categories unique.
/// Throws `data_error` that names the field.
pipeline pipeline_from_json(std::string_view json);

} // namespace models
