#pragma once

#include <leptond/config/toml_reader.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace leptond {

/// Why a text must not reach the TOML parser.
struct screen_problem {
  std::string what;
  text_place at;
};

/// Refuses what toml++ 3.3 answers with an assertion or worse: bytes that are
/// not UTF-8, control characters other than tab and line ends, and characters
/// beyond ASCII anywhere but in strings and comments. One pass, no copies.
std::optional<screen_problem> screen_toml(std::string_view text);

} // namespace leptond
