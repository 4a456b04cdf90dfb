#pragma once

#include <leptond/config/keys.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace leptond {

/// A value as it was written, of no key yet.
struct raw_value {
  /// The element kinds that some key takes; `monostate` is anything else.
  using list = std::vector<raw_value>;
  std::variant<std::monostate, std::int64_t, bool, std::string, list> data;
  /// For messages: `"two"`, `3.5`, `a table`.
  std::string shown;
};

/// Checks a value against its key.
/// @returns the value, or nothing; then `problem` tells what was expected and
/// what was found: `expected an integer from 1 to 1024, got "two"`.
std::optional<checked_value>
check_value(const key_info& key, const raw_value& raw, std::string& problem);

/// Reads the text after `--set KEY=` in the form that the key wants: texts
/// without quotes, lists as `a,b` or `["a", "b"]`.
raw_value raw_from_text(const key_info& key, std::string_view text);

} // namespace leptond
