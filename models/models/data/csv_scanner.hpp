#pragma once

// Cuts a stream of bytes into the records and fields of RFC 4180, in one pass
// and with memory for one record. Knows nothing of columns' meanings.

#include <models/data/byte_source.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace models {

/// A field of the current record; its text lives until the next record, and
/// `simple_number_slack` bytes behind it can be read.
struct csv_field {
  std::string_view text; ///< unquoted: without the blanks around it
  bool quoted = false;
};

/// Names a place in a CSV file as errors show it.
class csv_place {
public:
  csv_place(std::string path) : path_(std::move(path)) {}

  /// Column names, once the header is known.
  void names(std::vector<std::string> names) { names_ = std::move(names); }

  /// "iris.csv:12: "
  std::string at(uint64_t line) const;

  /// "iris.csv:12: column 3 (petal_length): "; `column` counts from 0.
  std::string at(uint64_t line, size_t column) const;

  const std::string& path() const { return path_; }

private:
  std::string path_;
  std::vector<std::string> names_;
};

/// Reads a CSV stream record by record: UTF-8 with or without BOM, LF or CRLF,
/// empty lines skipped, quotes as in RFC 4180, blanks around unquoted fields
/// removed. Owned and used by one thread. Cost: about 2 ns a byte.
class csv_scanner {
public:
  static constexpr size_t max_columns = 1 << 20;

  /// @param max_line bytes that one record may have
  csv_scanner(byte_source source,
              std::string path,
              char delimiter,
              uint32_t max_line);

  /// Advances to the next record that is not empty; false at the end. Throws
  /// `data_error` with line and column for NUL bytes, text that is not UTF-8,
  /// a record longer than max_line, a quote out of place or never closed, and
  /// a carriage return that ends no line.
  bool next();

  /// The current record's fields, at least one.
  const std::vector<csv_field>& fields() const { return fields_; }

  /// The line, from 1, where the current record starts; at the end the number
  /// of lines.
  uint64_t line() const { return line_; }

  csv_place& place() { return place_; }

  const csv_place& place() const { return place_; }

private:
  bool fill();
  void skip_bom();
  size_t find_end();
  size_t find_quoted_end(size_t scanned);
  void check_bytes(std::string_view record) const;
  void split_plain(std::string_view record);
  void split_quoted(size_t begin, size_t end);
  void add_field(csv_field field);
  void add_plain(const char* first, const char* last);
  size_t quoted_field(size_t begin, size_t end);
  [[noreturn]] void too_long() const;
  [[noreturn]] void fail(size_t column, const std::string& text) const;
  bool is_blank(char c) const;
  std::string_view trimmed(std::string_view text) const;

  byte_source source_;
  csv_place place_;
  char delimiter_;
  size_t max_line_;
  std::vector<char> buffer_;
  size_t begin_ = 0; ///< first byte not yet consumed
  size_t end_ = 0;   ///< end of the bytes in the buffer
  bool at_end_ = false;
  bool started_ = false;
  bool has_quotes_ = false;
  uint64_t line_ = 0;
  uint64_t next_line_ = 1;
  std::vector<csv_field> fields_;
};

} // namespace models
