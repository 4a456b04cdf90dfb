#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leptond {

/// @returns the offset of the first byte that is not UTF-8 (overlong forms,
/// surrogates and values beyond U+10FFFF count as wrong), or nothing.
std::optional<std::size_t> first_invalid_utf8(std::string_view text);

/// The text between double quotes with control characters escaped, cut after
/// `limit` bytes, so that an error message stays one readable line.
std::string in_quotes(std::string_view text, std::size_t limit = 60);

/// Control characters and bytes that are not UTF-8 as `\xNN`; for log lines
/// which must never be split or coloured by their content.
std::string printable(std::string_view text);

/// How many insertions, deletions, changes and swaps of neighbours lead from
/// `a` to `b`. Cost: the product of both lengths. Source: optimal string
/// alignment, Damerau (1964).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// @returns the candidate nearest to `word`, if it is near enough to be
/// meant: at most a third of its length, at least one edit.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

/// `a, b, c`
std::string join(const std::vector<std::string>& words,
                 std::string_view separator = ", ");

/// The parts between separators; always at least one.
std::vector<std::string> split(std::string_view text, char separator);

/// Without blanks and tabs at both ends.
std::string_view trimmed(std::string_view text);

} // namespace leptond
