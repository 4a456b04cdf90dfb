#include <leptond/core/text.hpp>

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace leptond {

namespace {

struct lead_byte {
  std::size_t length; ///< 0: cannot start a character
  unsigned char low;  ///< bounds of the second byte
  unsigned char high;
};

// Unicode 15, table 3-7: well-formed UTF-8 byte sequences.
lead_byte classify(unsigned char byte) {
  if (byte < 0x80)
    return {1, 0, 0};
  if (byte >= 0xc2 && byte <= 0xdf)
    return {2, 0x80, 0xbf};
  if (byte >= 0xe0 && byte <= 0xef)
    return {3, static_cast<unsigned char>(byte == 0xe0 ? 0xa0 : 0x80),
            static_cast<unsigned char>(byte == 0xed ? 0x9f : 0xbf)};
  if (byte >= 0xf0 && byte <= 0xf4)
    return {4, static_cast<unsigned char>(byte == 0xf0 ? 0x90 : 0x80),
            static_cast<unsigned char>(byte == 0xf4 ? 0x8f : 0xbf)};
  return {0, 0, 0};
}

bool follows(std::string_view text,
             std::size_t at,
             unsigned char low,
             unsigned char high) {
  if (at >= text.size())
    return false;
  const auto byte = static_cast<unsigned char>(text[at]);
  return byte >= low && byte <= high;
}

/// @returns the length of the character at `at`, 0 if it is malformed
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto lead = classify(static_cast<unsigned char>(text[at]));
  if (lead.length < 2)
    return lead.length;
  if (!follows(text, at + 1, lead.low, lead.high))
    return 0;
  for (std::size_t i = 2; i < lead.length; ++i)
    if (!follows(text, at + i, 0x80, 0xbf))
      return 0;
  return lead.length;
}

std::string hex_escape(unsigned char byte) {
  static constexpr char digits[] = "0123456789abcdef";
  return {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
}

} // namespace

std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto length = character_length(text, at);
    if (length == 0)
      return at;
    at += length;
  }
  return std::nullopt;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto length = character_length(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    if (length == 0 || byte < 0x20 || byte == 0x7f)
      out += byte == '\n' ? std::string{"\\n"} : hex_escape(byte);
    else
      out += text.substr(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

std::string in_quotes(std::string_view text, std::size_t limit) {
  std::size_t cut = 0;
  while (cut < text.size()) {
    const auto next =
      cut + std::max<std::size_t>(character_length(text, cut), 1);
    if (next > limit)
      break;
    cut = next;
  }
  return '"' + printable(text.substr(0, cut))
         + (cut < text.size() ? "...\"" : "\"");
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  using row = std::vector<std::size_t>;
  row before(b.size() + 1);
  row above(b.size() + 1);
  row current(b.size() + 1);
  std::iota(current.begin(), current.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(above);
    above.swap(current);
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto change = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({above[j] + 1, current[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        current[j] = std::min(current[j], before[j - 2] + 1);
    }
  }
  return current.back();
}

std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
  constexpr std::size_t longest = 200; // keeps the cost of hostile words small
  if (word.size() > longest)
    return std::nullopt;
  std::optional<std::string> best;
  auto best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const auto distance = edit_distance(word, candidate);
    if (distance < best_distance && distance < candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string join(const std::vector<std::string>& words,
                 std::string_view separator) {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty())
      out += separator;
    out += word;
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos)
      return parts;
    text.remove_prefix(at + 1);
  }
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

} // namespace leptond
