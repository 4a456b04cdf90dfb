#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leptond {

/// `250ms`, `1.5s`, `2min`, `1h`, `0s`.
/// @returns milliseconds; nothing for a number without unit, for fractions of
/// a millisecond and for more than 100 years.
std::optional<std::int64_t> parse_duration(std::string_view text);

/// `4096B`, `64KiB`, `1MiB`, `1.5GiB`, `1TiB`, and the decimal `kB`, `MB`,
/// `GB`.
/// @returns bytes; nothing for a number without unit and fractions of a byte.
std::optional<std::int64_t> parse_size(std::string_view text);

/// The shortest form that `parse_duration` reads back: 1500 is `1500ms`.
std::string duration_text(std::int64_t milliseconds);

/// The shortest form that `parse_size` reads back: 1048576 is `1MiB`.
std::string size_text(std::int64_t bytes);

} // namespace leptond
