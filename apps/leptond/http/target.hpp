#pragma once

#include <leptond/http/message.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leptond::http {

/// Undoes percent-encoding.
/// @param plus_is_blank as in queries, `a+b` is `a b`
/// @returns nothing for a malformed escape, a NUL, or text that is not UTF-8
std::optional<std::string> percent_decode(std::string_view text,
                                          bool plus_is_blank);

/// The encoded form of any text for a path or query.
std::string percent_encode(std::string_view text);

/// A request target taken apart.
struct target {
  std::string path;                  ///< as sent
  std::vector<std::string> segments; ///< decoded; `/` has none
  query_list query;
};

/// Reads `/a/b?c=d` and `http://host/a/b?c=d`.
/// @returns nothing when it is malformed, or has more than 64 segments or 64
/// parameters
std::optional<target> parse_target(std::string_view text);

} // namespace leptond::http
