#pragma once

#include <models/core/error.hpp>
#include <models/data/csv_reader.hpp>

#include <string>
#include <string_view>
#include <zlib.h>

namespace data_tests {

inline models::table read(std::string_view text,
                          models::table_options options = {},
                          const models::table_schema* known = nullptr) {
  options.path = "x.csv";
  return models::read_csv(models::memory_source(text), options, known);
}

/// What `read` refuses the text with, or "" if it does not.
inline std::string refusal(std::string_view text,
                           models::table_options options = {},
                           const models::table_schema* known = nullptr) {
  try {
    read(text, std::move(options), known);
  } catch (const models::data_error& e) {
    return e.what();
  }
  return "";
}

inline bool starts_with(const std::string& text, std::string_view start) {
  return text.starts_with(start);
}

/// A gzip member.
inline std::string gzip(std::string_view text) {
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

} // namespace data_tests
