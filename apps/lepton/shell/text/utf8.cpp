#include <shell/text/utf8.hpp>

#include <array>
#include <cstdint>
#include <cstdio>

namespace lepton_shell {

namespace {

struct decoded {
  char32_t code = 0;
  size_t bytes = 1;
  bool valid = false;
};

size_t sequence_length(unsigned char lead) {
  if (lead < 0x80)
    return 1;
  if (lead >= 0xC2 && lead < 0xE0)
    return 2;
  if (lead >= 0xE0 && lead < 0xF0)
    return 3;
  return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

/// The first character of `text`, which is not empty. Refuses overlong forms
/// and surrogates as the Unicode standard asks (section 3.9, table 3-7).
decoded decode(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  auto length = sequence_length(lead);
  if (length == 0 || length > text.size())
    return {lead, 1, false};
  if (length == 1)
    return {lead, 1, true};
  char32_t code = lead & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80)
      return {lead, 1, false};
    code = (code << 6) | (next & 0x3F);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  auto surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < least[length] || surrogate || code > 0x10FFFF)
    return {lead, 1, false};
  return {code, length, true};
}

struct range {
  char32_t first;
  char32_t last;
};

template <size_t N>
bool within(const std::array<range, N>& ranges, char32_t code) {
  for (auto [first, last] : ranges) {
    if (code >= first && code <= last)
      return true;
  }
  return false;
}

// Not wcwidth: it depends on the locale, and "C" knows no UTF-8.
// Source: Unicode 15, EastAsianWidth.txt (W, F) and categories Mn, Me, Cf,
// merged to blocks.
constexpr std::array<range, 17> zero_width{{
  {0x300, 0x36F},
  {0x483, 0x489},
  {0x591, 0x5BD},
  {0x610, 0x61A},
  {0x64B, 0x65F},
  {0x6D6, 0x6DC},
  {0x93C, 0x93C},
  {0xE31, 0xE31},
  {0xE34, 0xE3A},
  {0x1AB0, 0x1AFF},
  {0x1DC0, 0x1DFF},
  {0x200B, 0x200F},
  {0x202A, 0x202E},
  {0x2060, 0x2064},
  {0x20D0, 0x20FF},
  {0xFE00, 0xFE0F},
  {0xFE20, 0xFE2F},
}};
constexpr std::array<range, 14> double_width{{
  {0x1100, 0x115F},
  {0x231A, 0x231B},
  {0x2E80, 0x303E},
  {0x3041, 0x33FF},
  {0x3400, 0x4DBF},
  {0x4E00, 0x9FFF},
  {0xA000, 0xA4CF},
  {0xAC00, 0xD7A3},
  {0xF900, 0xFAFF},
  {0xFE30, 0xFE6F},
  {0xFF00, 0xFF60},
  {0xFFE0, 0xFFE6},
  {0x1F300, 0x1F64F},
  {0x1F680, 0x1FAFF},
}};
// Marks that turn the direction of writing: they could disguise a line.
constexpr std::array<range, 2> direction_marks{{
  {0x202A, 0x202E},
  {0x2066, 0x2069},
}};

size_t columns_of(const decoded& c) {
  if (!c.valid)
    return 1;
  if (c.code < 0x300)
    return 1;
  if (within(zero_width, c.code))
    return 0;
  if (within(double_width, c.code) || (c.code >= 0x20000 && c.code <= 0x3FFFD))
    return 2;
  return 1;
}

/// Length of a colour sequence (`ESC [ ... m`) at the start of `text`, or 0.
size_t colour_length(std::string_view text) {
  if (!text.starts_with("\x1b["))
    return 0;
  auto end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

bool harmful(const decoded& c) {
  return !c.valid || c.code < 0x20 || (c.code >= 0x7F && c.code < 0xA0)
         || within(direction_marks, c.code);
}

std::string escaped(const decoded& c) {
  if (c.valid && c.code == '\n')
    return "\\n";
  if (c.valid && c.code == '\t')
    return "\\t";
  std::array<char, 16> buffer{};
  auto code = static_cast<unsigned>(c.code);
  std::snprintf(buffer.data(), buffer.size(),
                code < 0x100 ? "\\x%02x" : "\\u%04x", code);
  return buffer.data();
}

} // namespace

size_t width(std::string_view text) {
  size_t columns = 0;
  while (!text.empty()) {
    if (auto skip = colour_length(text); skip > 0) {
      text.remove_prefix(skip);
      continue;
    }
    auto c = decode(text);
    columns += columns_of(c);
    text.remove_prefix(c.bytes);
  }
  return columns;
}

std::string printable(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  while (!text.empty()) {
    auto c = decode(text);
    if (harmful(c))
      line += escaped(c);
    else
      line += text.substr(0, c.bytes);
    text.remove_prefix(c.bytes);
  }
  return line;
}

std::string shorten(std::string_view text, size_t columns) {
  if (width(text) <= columns)
    return std::string(text);
  if (columns == 0)
    return {};
  std::string cut;
  size_t used = 1; // the ellipsis
  while (!text.empty()) {
    auto skip = colour_length(text);
    auto c = decode(text);
    auto bytes = skip > 0 ? skip : c.bytes;
    used += skip > 0 ? 0 : columns_of(c);
    if (used > columns)
      break;
    cut += text.substr(0, bytes);
    text.remove_prefix(bytes);
  }
  if (cut.find('\x1b') != std::string::npos)
    cut += "\x1b[0m";
  return cut + "…";
}

std::string pad_right(std::string_view text, size_t columns) {
  auto used = width(text);
  std::string padded(text);
  if (used < columns)
    padded.append(columns - used, ' ');
  return padded;
}

std::string pad_left(std::string_view text, size_t columns) {
  auto used = width(text);
  std::string padded(used < columns ? columns - used : 0, ' ');
  return padded.append(text);
}

std::string repeat(std::string_view unit, size_t count) {
  std::string text;
  text.reserve(unit.size() * count);
  for (size_t i = 0; i < count; ++i)
    text += unit;
  return text;
}

} // namespace lepton_shell
