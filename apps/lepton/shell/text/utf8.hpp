#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text for a terminal: how wide it is, and that it does no harm there. Pure
/// functions, any thread.

namespace lepton_shell {

/// Returns the columns that UTF-8 `text` takes in a terminal: 2 for wide East
/// Asian characters and emoji, 0 for combining marks, 1 for a byte that is not
/// UTF-8. Escape sequences of colours count nothing.
size_t width(std::string_view text);

/// Returns `text` as one harmless line: control characters become `\n`, `\t` or
/// `\x1b`, bytes that are not UTF-8 `\xff`. Everything that comes from a server
/// or a file goes through here before it reaches a terminal.
std::string printable(std::string_view text);

/// Returns `text`, cut to at most `columns` with `…` at its end if it is wider.
std::string shorten(std::string_view text, size_t columns);

/// Returns `text` followed by blanks up to `columns`.
std::string pad_right(std::string_view text, size_t columns);

/// Returns `text` preceded by blanks up to `columns`.
std::string pad_left(std::string_view text, size_t columns);

/// Returns `unit` `count` times: `repeat("─", 3)`.
std::string repeat(std::string_view unit, size_t count);

} // namespace lepton_shell
