#include <shell/text/tokens.hpp>

namespace lepton_shell {

namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

bool is_blank(char c) {
  return blanks.find(c) != std::string_view::npos;
}

/// Reads quoted text from behind the opening quote; returns the place behind
/// the closing one.
size_t read_quoted(std::string_view line,
                   size_t at,
                   char quote,
                   std::string& text,
                   bool lenient) {
  for (; at < line.size(); ++at) {
    auto c = line[at];
    if (c == quote)
      return at + 1;
    if (c == '\\' && quote == '"' && at + 1 < line.size()
        && (line[at + 1] == '"' || line[at + 1] == '\\'))
      c = line[++at];
    text += c;
  }
  if (lenient)
    return at;
  throw bad_line(std::string("a quote ") + quote + " is not closed");
}

size_t
read_word(std::string_view line, size_t at, std::string& text, bool lenient) {
  while (at < line.size() && !is_blank(line[at])) {
    auto c = line[at++];
    if (c == '\'' || c == '"') {
      at = read_quoted(line, at, c, text, lenient);
      continue;
    }
    if (c == '\\') {
      if (at == line.size() && lenient)
        return at;
      if (at == line.size())
        throw bad_line("nothing follows the backslash at the end");
      c = line[at++];
    }
    text += c;
  }
  return at;
}

std::vector<token> split_words(std::string_view line, bool lenient) {
  std::vector<token> tokens;
  size_t at = 0;
  while (true) {
    while (at < line.size() && is_blank(line[at]))
      ++at;
    if (at == line.size() || line[at] == '#')
      return tokens;
    token next;
    next.begin = at;
    at = read_word(line, at, next.text, lenient);
    next.end = at;
    tokens.push_back(std::move(next));
  }
}

} // namespace

std::vector<token> split_line(std::string_view line) {
  return split_words(line, false);
}

std::vector<token> split_leniently(std::string_view line) {
  return split_words(line, true);
}

std::string_view strip_comment(std::string_view line) {
  bool quoted = false;
  for (size_t at = 0; at < line.size(); ++at) {
    auto c = line[at];
    if (c == '\\' && quoted)
      ++at;
    else if (c == '"')
      quoted = !quoted;
    else if (c == '#' && !quoted && (at == 0 || is_blank(line[at - 1])))
      return trim(line.substr(0, at));
  }
  return trim(line);
}

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

} // namespace lepton_shell
