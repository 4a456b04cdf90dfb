#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// How a line of a script or of the shell becomes words. Pure, any thread.

namespace lepton_shell {

/// A line with an open quote or a dangling backslash.
class bad_line : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// A word and where it stands in the line, in bytes.
struct token {
  std::string text; ///< without quotes
  size_t begin = 0;
  size_t end = 0;
};

/// Splits a line at blanks. `'...'` is taken as it is; in `"..."` a backslash
/// escapes `"` and `\`; outside quotes it escapes the next character. A word
/// that starts with `#` begins a comment.
/// @throws bad_line when a quote is not closed
std::vector<token> split_line(std::string_view line);

/// The same, but an open quote reaches to the end of the line: for lines that
/// are still typed, and for messages.
std::vector<token> split_leniently(std::string_view line);

/// Returns `line` without a comment (`#` at the start of a word) and without
/// blanks around it. Only double quotes, as in JSON, protect a `#`: this is for
/// messages, which travel as typed.
std::string_view strip_comment(std::string_view line);

/// Returns `text` without blanks around it.
std::string_view trim(std::string_view text);

} // namespace lepton_shell
