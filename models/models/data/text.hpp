#pragma once

// Small questions about the text of a field. Pure functions, any thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace models {

/// How a field reads as a number.
enum class number_form : uint8_t {
  number,  ///< a decimal number within the range of float
  not_one, ///< words
  refused, ///< inf, hexadecimal or beyond the range of float
};

/// Parses a decimal number: optional sign, digits, optional '.' and exponent,
/// nothing else. Rounds to the nearest float; too small a value becomes 0.
/// @param value written only for `number_form::number`
number_form parse_number(std::string_view text, float& value);

/// Whether the field stands for a missing value: nothing, `?`, `-`, or in any
/// case NA, N/A, nan, null, none.
bool is_missing(std::string_view text);

/// Position of the first byte that is NUL or does not belong to UTF-8
/// (overlong forms and surrogates included), or npos.
size_t find_invalid_utf8(std::string_view text);

/// The text for an error message: in quotes, control characters and bytes that
/// are not UTF-8 replaced, cut after 40 bytes.
std::string shown(std::string_view text);

/// The member of `names` nearest to `name` if it is near enough to be a typing
/// error, else "".
template <class Names>
std::string nearest(const Names& names, std::string_view name);

/// Levenshtein's distance, ignoring case.
size_t edit_distance(std::string_view a, std::string_view b);

template <class Names>
std::string nearest(const Names& names, std::string_view name) {
  std::string best;
  auto limit = name.size() / 3 + 1;
  for (const auto& candidate : names)
    if (auto d = edit_distance(candidate, name); d <= limit) {
      limit = d - (d > 0);
      best = candidate;
    }
  return best;
}

} // namespace models
