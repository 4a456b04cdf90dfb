#pragma once

// Tables as safetensors files: what programs exchange without text.
//
//   tensor    shape            type                       holds
//   features  rows x columns   F32, F64, I32, I64 or U8   numbers; NaN: missing
//   labels    rows             I32, I64 or U8             index of the class
//
//   metadata    JSON
//   columns     ["a", "b"]            names; without it "column 1", ...
//   classes     ["x", "y"]            names; without it the labels' values
//   categories  {"b": ["u", "v"]}     text columns: features are indices
//
// All but features may be missing.

#include <models/data/table.hpp>

#include <string>
#include <string_view>

namespace models {

/// Whether a file that starts with these bytes (9 or more) may be safetensors:
/// a length below 2^24 and an opening brace, which no text and no gzip has.
bool is_safetensors(std::string_view start);

/// Reads such a file, checking all of it. Of the options those count that are
/// about columns by name (`drop`), labels, missing values and classes.
/// @param known as for `read_csv`
/// Throws `data_error` naming path, row and column; `std::invalid_argument`.
table read_tensor_table(std::string_view bytes,
                        const table_options& options,
                        const table_schema* known = nullptr);

/// The bytes of a table: its features, labels and names.
/// Throws `std::invalid_argument` as `write_safetensors`.
std::string write_tensor_table(const table& t);

} // namespace models
