#pragma once

// What is in a CSV file, without keeping it.

#include <models/data/byte_source.hpp>
#include <models/data/table.hpp>

#include <functional>
#include <string>
#include <vector>

namespace models {

/// A feature column, over the rows that are not left out.
struct column_summary {
  std::string name;
  column_kind kind = column_kind::number;
  uint64_t missing = 0;
  uint64_t categories = 0; ///< text only; the rest: numbers only
  double least = 0;        ///< 0, as the next three, if there is no value
  double largest = 0;
  double mean = 0;
  double deviation = 0; ///< of the population
};

struct csv_summary {
  uint64_t rows_read = 0;
  uint64_t rows_dropped = 0;
  std::vector<column_summary> columns;
  std::vector<std::string> classes;
  std::vector<uint64_t> class_rows;
  std::vector<std::string> notes;
};

/// Checks and describes a file in two passes, with memory for some thousand
/// rows however long it is.
/// @param open gives the bytes anew for each pass
/// Throws as `read_csv`, and `data_error` if the passes differ.
/// Source of mean and deviation: Welford (1962), "Note on a method for
/// calculating corrected sums of squares and products".
csv_summary summarise_csv(const std::function<byte_source()>& open,
                          const table_options& options);

} // namespace models
