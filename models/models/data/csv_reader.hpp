#pragma once

// CSV files as tables. See docs/shell.md for the rules a user sees.

#include <models/data/byte_source.hpp>
#include <models/data/table.hpp>

#include <memory>

namespace models {

/// Reads a CSV file, plain or gzip, checking all of it.
///
/// A column is text if `options.text` names it or its first 100 values that are
/// not missing hold no number; in any other column words are an error. `inf`,
/// hexadecimal and values beyond float are refused in every column that
/// `options.text` does not name. A row with a missing label is refused under
/// `missing_policy::error` and else left out, since a label cannot be guessed.
///
/// @param known the schema of a model: columns are found by their names (by
///        position if either side has none), only its categories and classes
///        are allowed, and columns that it dropped are ignored. Without it the
///        file decides, and a required label needs at least two classes.
/// Throws `data_error` with path, line, column and remedy for a bad file, and
/// `std::invalid_argument` for bad options. May be called from any thread.
/// Cost: memory for rows x features floats, 200 MB/s and more.
table read_csv(byte_source source,
               const table_options& options,
               const table_schema* known = nullptr);

/// Checks a whole CSV file and learns its schema, with memory for a few
/// thousand rows however long it is. Duplicates and constant columns are not
/// looked for; `report` says the rest.
/// Throws as `read_csv`.
table_schema
scan_csv(byte_source source, const table_options& options, data_report& report);

/// Reads a CSV file by the schema of a model block by block, as `read_csv` with
/// `known` does, with memory for one block however long the file is. Duplicates
/// and constant columns are not looked for. Used by one thread.
class csv_stream {
public:
  /// @param known copied
  /// Throws as `read_csv`.
  csv_stream(byte_source source,
             const table_options& options,
             const table_schema& known);
  csv_stream(csv_stream&&) noexcept;
  ~csv_stream();

  /// The next rows, in memory that the next call uses again.
  /// @param rows at most so many, more than 0
  /// @returns nullptr at the end of the file
  /// Throws as `read_csv`, for the rows that it has come to.
  const table* next(size_t rows);

  /// What was read so far.
  data_report report() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace models
