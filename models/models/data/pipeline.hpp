#pragma once

// The way from a table to a model's inputs, learned once, from training rows
// only, and kept with the model: what trains, evaluates and predicts sees the
// same numbers. A value; const functions may be called from many threads.
//
// The steps, each of which may be left out, in this order: images are deskewed
// and centred; missing values filled; numbers scaled and words made zeros and
// ones; the inputs projected on their principal components.

#include <models/data/pca.hpp>
#include <models/data/table.hpp>

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace models {

/// How number columns are scaled, by the training rows. Text columns become
/// zeros and ones.
enum class scaling : uint8_t {
  none,      ///< as they are
  standard,  ///< minus the mean, by the standard deviation
  divide255, ///< bytes of images to [0, 1]
  minmax,    ///< minus the least value, by the range: [0, 1]
  robust,    ///< minus the median, by the range between the quartiles
  largest,   ///< by the largest magnitude of all columns
};

/// "none", "standard", "divide255", "minmax", "robust" or "largest".
std::string to_string(scaling kind);

/// The inverse of `to_string`; throws `std::invalid_argument`.
scaling scaling_from(const std::string& text);

/// What is to be learned and done.
struct preparation {
  scaling scale = scaling::none;
  missing_policy missing = missing_policy::error;
  bool deskew = false; ///< images only
  bool center = false; ///< images only
  uint32_t pca = 0;    ///< components; 0: no projection
};

/// A value given by hand or in a request: a number, or text as in a CSV field.
using cell = std::variant<double, std::string>;

/// A fitted pipeline. Build it with `fit_pipeline` or `pipeline_from_json`.
struct pipeline {
  /// The file it was fitted on: columns, categories, classes.
  table_schema schema;
  preparation steps;
  std::vector<float> fill; ///< per column, for a missing value: see below
  /// Per column (x - shift) / divisor; empty for scaling::none and divide255.
  std::vector<float> shift;
  std::vector<float> divisor; ///< > 0, 1 for constants
  pca projection;             ///< if steps.pca > 0

  /// Number of features that the model sees: the principal components, or one
  /// per number column and one per category of a text column.
  size_t inputs() const;

  /// The same before the projection.
  size_t encoded() const;

  /// A name per input: "petal_length", "day=Tue", "component 1".
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
/// category; 0 if there is none. A missing value counts as filled in for the
/// rest. The deviation is that of the population, quartiles are linear between
/// neighbours, all computed in double.
/// Categories and classes are the table's own: they are part of its schema, and
/// one that no training row has is a constant 0 there.
/// Throws `std::invalid_argument` for no rows, a row that is not there, more
/// components than rows or inputs, and steps for images where there are none.
pipeline fit_pipeline(const table& t,
                      std::span<const uint32_t> train,
                      const preparation& steps);

/// Scaling alone.
pipeline fit_pipeline(const table& t,
                      std::span<const uint32_t> train,
                      scaling scale,
                      missing_policy missing = missing_policy::error);

/// What a pipeline does, in words: "30 columns standardised", one fact a line.
std::vector<std::string> steps_in_words(const pipeline& p);

/// The pipeline as one JSON object; numbers survive to the bit.
std::string to_json(const pipeline& p);

/// The inverse of `to_json`, checking everything: fields, types, sizes, finite
/// numbers, divisors above 0, names and categories unique.
/// Throws `data_error` that names the field.
pipeline pipeline_from_json(std::string_view json);

} // namespace models
