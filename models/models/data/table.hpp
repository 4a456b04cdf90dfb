#pragma once

// The table: what a data file says, before any fitting. Readers (csv_reader,
// idx_reader) make it, `fit_pipeline` learns from some of its rows, a
// `pipeline` turns it into a `dataset`. Plain values; no thread, no file.

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace models {

/// What a column of the file is used as.
enum class column_role : uint8_t { feature, label, dropped };

/// What a feature column holds.
enum class column_kind : uint8_t { number, text };

/// What happens to a missing value.
enum class missing_policy : uint8_t {
  error,  ///< refuse the file, naming line and column
  drop,   ///< leave the row out
  mean,   ///< the mean of the training rows; text: the most frequent category
  median, ///< the median of the training rows; text: as mean
  mode,   ///< the most frequent value of the training rows, the least of equals
};

/// "error", "drop", "mean", "median" or "mode".
std::string to_string(missing_policy policy);

/// The inverse of `to_string`; throws `std::invalid_argument`.
missing_policy missing_policy_from(const std::string& text);

/// Whether the file has to have a label column.
enum class label_need : uint8_t {
  required, ///< train, evaluate
  optional, ///< predict, clustering: used if it is there
  none,     ///< clustering: every column is a feature
  numbers,  ///< regression, flags: the label columns hold numbers; `label` may
            ///< name several, separated by commas
};

/// How to read a table. Every option of the commands `train`, `evaluate` and
/// `predict` that concerns the file is here.
struct table_options {
  std::string path = "data";  ///< shown in errors, as the user typed it
  std::string label = "last"; ///< "last", "first" or a column's name
  label_need labels = label_need::required;
  bool header = true;                 ///< false: columns are "column 1", ...
  char delimiter = ',';               ///< one ASCII character, see `check`
  std::vector<std::string> drop = {}; ///< columns to ignore, by name
  std::vector<std::string> text = {}; ///< columns that hold words, by name
  missing_policy missing = missing_policy::error;
  uint32_t max_line = 65536; ///< bytes in one record, 1 to 2^30
  uint32_t classes = 0;      ///< 0: as many as there are; else exactly these
  uint64_t max_cells = uint64_t{1} << 28; ///< rows x columns held: 1 GiB
  uint64_t max_bytes = uint64_t{1} << 33; ///< text read, unpacked: 8 GiB
};

/// Throws `std::invalid_argument` that names the option and its range.
void check(const table_options& options);

/// A column of the file, in the order of the file.
struct file_column {
  std::string name;
  column_role role = column_role::feature;

  friend bool operator==(const file_column&, const file_column&) = default;
};

/// A feature column.
struct table_column {
  std::string name;
  column_kind kind = column_kind::number;
  std::vector<std::string> categories; ///< text only: sorted, unique
  uint64_t missing = 0;                ///< missing values in the rows kept
  bool constant = false;               ///< one value in all rows kept
};

/// What a reader saw and did: nothing is changed silently.
struct data_report {
  std::string path;
  std::string labels_path;        ///< IDX only
  uint64_t rows_read = 0;         ///< kept and dropped
  uint64_t rows_dropped = 0;      ///< for a missing value
  bool compared = true;           ///< duplicates were looked for
  uint64_t duplicates = 0;        ///< rows equal to an earlier one; kept
  uint64_t duplicate_line = 0;    ///< the first of them, 0 if none
  uint64_t duplicate_of_line = 0; ///< and the row that it repeats
  missing_policy missing = missing_policy::error;
  std::vector<table_column> columns;     ///< the features, without categories
  std::vector<uint32_t> category_counts; ///< per feature, 0 for numbers
  std::vector<std::string> classes;
  std::vector<uint64_t> class_rows; ///< rows of each class
  std::vector<std::string> notes;   ///< remarks, one sentence each
};

/// The report in words, one fact a line, for a log or a terminal.
std::string to_text(const data_report& report);

/// The report for records: `{path, rows_read, rows_dropped, duplicates,
/// columns, filled: {column: count}, constant: [], text: {column: categories},
/// notes: []}`; what there is none of is left out but for the numbers,
/// duplicates if they were not looked for. No list is longer than 50.
nlohmann::json to_json(const data_report& report);

/// What the columns of a file mean. A model keeps it, so that a later file is
/// read the same way.
struct table_schema {
  std::vector<file_column> layout;   ///< all columns of the file
  std::vector<table_column> columns; ///< its features, in the same order
  std::vector<std::string> classes;  ///< all integers: by value, else by text
  bool named = true;                 ///< the names come from the file
  std::array<uint32_t, 2> image{};   ///< height and width; {0, 0}: no images
};

/// Rows as the file has them. `values` is rows x columns, row-major: numbers as
/// they are, text as the index of its category, a missing value as NaN.
struct table {
  table_schema schema;
  size_t rows = 0;
  std::vector<float> values;   ///< rows x schema.columns
  std::vector<int32_t> labels; ///< index into schema.classes; empty: none
  std::vector<float> targets;  ///< rows x label columns that hold numbers
  std::vector<uint64_t> lines; ///< where each row starts; IDX: empty
  data_report report;
};

/// Features ready for a model, as `pipeline::transform` makes them.
struct dataset {
  size_t rows = 0;
  size_t inputs = 0;
  std::vector<float> features; ///< rows x inputs, row-major, finite
  std::vector<int32_t> labels; ///< rows, or empty
  std::vector<float> targets;  ///< rows x label columns that hold numbers
  std::vector<std::string> classes;
  std::vector<std::string> feature_names; ///< inputs; one-hot: "day=Tue"
  std::vector<uint64_t> lines;
  data_report report;
};

} // namespace models
