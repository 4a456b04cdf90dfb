#include <leptond/config/toml_screen.hpp>
#include <leptond/core/text.hpp>

namespace leptond {

namespace {

text_place place_at(std::string_view text, std::size_t offset) {
  text_place place;
  for (const auto byte : text.substr(0, offset)) {
    if (byte == '\n') {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<unsigned char>(byte) & 0xc0) != 0x80) {
      ++place.column; // not a continuation byte: a new character
    }
  }
  return place;
}

/// Follows just enough of TOML's grammar to know where free text may stand.
class scanner {
public:
  explicit scanner(std::string_view text) : text_(text) {}

  /// @returns the offset of the first character beyond ASCII outside of
  /// strings and comments, or the text's length
  std::size_t run() {
    while (at_ < text_.size()) {
      const auto c = text_[at_];
      if (static_cast<unsigned char>(c) >= 0x80)
        return at_;
      if (c == '#')
        skip_line();
      else if (c == '"' || c == '\'')
        skip_string(c);
      else
        ++at_;
    }
    return text_.size();
  }

private:
  void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  void skip_string(char quote) {
    const auto fence = std::string(3, quote);
    const auto many_lines = text_.substr(at_).starts_with(fence);
    at_ += many_lines ? 3 : 1;
    while (at_ < text_.size()) {
      const auto c = text_[at_];
      if (c == '\\' && quote == '"') {
        at_ += 2;
      } else if (many_lines && text_.substr(at_).starts_with(fence)) {
        at_ += 3;
        return;
      } else if (!many_lines && (c == quote || c == '\n')) {
        ++at_;
        return;
      } else {
        ++at_;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::optional<std::size_t> first_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto line_end =
      c == '\n' || (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n');
    if ((c < 0x20 && c != '\t' && !line_end) || c == 0x7f)
      return i;
  }
  return std::nullopt;
}

} // namespace

std::optional<screen_problem> screen_toml(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (const auto at = first_invalid_utf8(text))
    return screen_problem{"not UTF-8 text; save the file as UTF-8",
                          place_at(text, *at)};
  if (const auto at = first_control(text))
    return screen_problem{"a control character; remove it",
                          place_at(text, *at)};
  const auto skipped =
    text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  const auto at = scanner{text.substr(skipped)}.run() + skipped;
  if (at < text.size())
    return screen_problem{
      "a character outside of ASCII; put the text in quotes",
      place_at(text, at)};
  return std::nullopt;
}

} // namespace leptond
