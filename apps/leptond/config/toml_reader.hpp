#pragma once

#include <leptond/config/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace leptond {

/// A place in a text; both count from 1, columns in characters.
struct text_place {
  std::size_t line = 1;
  std::size_t column = 1;
};

/// One `key = value` of a file, or a table that no key can be in.
struct config_entry {
  std::string path; ///< with dots; a part with other characters is in quotes
  raw_value value;
  text_place key_at;
  text_place value_at;
  bool unknown_table = false; ///< `value` is empty then
};

/// What a TOML text says, in the order of the text.
struct toml_text {
  std::vector<config_entry> entries;
  /// Set when the text is not TOML; nothing else is then.
  std::string syntax_error;
  text_place error_at;
};

/// Reads TOML 1.0. Never throws, whatever the bytes: what the parser is not
/// safe against (bytes that are not UTF-8, control characters, characters
/// beyond ASCII outside of strings and comments) is refused before it runs.
toml_text read_toml(std::string_view text);

} // namespace leptond
