#include <models/data/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#ifdef __SSE2__
#  include <emmintrin.h>
#endif

namespace models {

namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  return std::equal(text.begin(), text.end(), lower_case.begin(),
                    lower_case.end(),
                    [](char a, char b) { return lower(a) == b; });
}

/// The field without one leading sign.
std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-'))
    text.remove_prefix(1);
  return text;
}

bool is_refused_form(std::string_view text) {
  auto body = without_sign(text);
  if (equals_ignoring_case(body, "inf")
      || equals_ignoring_case(body, "infinity")
      || equals_ignoring_case(body, "nan")) // with a sign: not "missing"
    return true;
  if (body.size() < 3 || body[0] != '0' || lower(body[1]) != 'x')
    return false;
  // 0x1F, also 0x1.8p3
  return std::all_of(body.begin() + 2, body.end(), [](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f')
           || lower(c) == 'p' || c == '.' || c == '+' || c == '-';
  });
}

/// Out of range: too large is refused, too small is 0.
number_form out_of_range(std::string_view body, float& value) {
  // The exponent decides; a mantissa cannot outweigh it within max_line bytes
  // unless it is hundreds of digits long, which only makes numbers larger.
  auto e = body.find_first_of("eE");
  if (e == std::string_view::npos)
    e = body.size();
  auto tail = body.substr(std::min(e + 1, body.size()));
  auto integer = body.substr(0, std::min(body.find('.'), e));
  bool small = (!tail.empty() && tail.front() == '-')
               || (tail.empty()
                   && integer.find_first_not_of('0') == std::string_view::npos);
  if (!small)
    return number_form::refused;
  value = 0;
  return number_form::number;
}

/// The length of the UTF-8 sequence at `p`, or 0 if there is none.
size_t utf8_length(const unsigned char* p, size_t left) {
  struct form {
    unsigned char first_low, first_high, second_low, second_high;
    size_t length;
  };

  // Unicode 15, table 3-7: well-formed byte sequences
  static constexpr std::array<form, 8> forms{{{0xC2, 0xDF, 0x80, 0xBF, 2},
                                              {0xE0, 0xE0, 0xA0, 0xBF, 3},
                                              {0xE1, 0xEC, 0x80, 0xBF, 3},
                                              {0xED, 0xED, 0x80, 0x9F, 3},
                                              {0xEE, 0xEF, 0x80, 0xBF, 3},
                                              {0xF0, 0xF0, 0x90, 0xBF, 4},
                                              {0xF1, 0xF3, 0x80, 0xBF, 4},
                                              {0xF4, 0xF4, 0x80, 0x8F, 4}}};
  if (p[0] >= 0x01 && p[0] < 0x80)
    return 1;
  for (const auto& f : forms) {
    if (p[0] < f.first_low || p[0] > f.first_high)
      continue;
    if (left < f.length || p[1] < f.second_low || p[1] > f.second_high)
      return 0;
    for (size_t i = 2; i < f.length; ++i)
      if ((p[i] & 0xC0) != 0x80)
        return 0;
    return f.length;
  }
  return 0;
}

/// Whether 8 bytes are ASCII without NUL.
bool is_plain(const char* p) {
  constexpr uint64_t ones = 0x0101010101010101;
  constexpr uint64_t tops = 0x8080808080808080;
  uint64_t word = 0;
  std::memcpy(&word, p, 8);
  return ((word | (word - ones)) & tops) == 0;
}

/// How many bytes at the start are certainly ASCII without NUL.
size_t plain_prefix(std::string_view text) {
  size_t i = 0;
#ifdef __SSE2__
  for (; i + 16 <= text.size(); i += 16) {
    auto bytes =
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
    auto zeros = _mm_cmpeq_epi8(bytes, _mm_setzero_si128());
    if (_mm_movemask_epi8(_mm_or_si128(bytes, zeros)) != 0)
      break;
  }
#endif
  return i;
}

} // namespace

number_form parse_number(std::string_view text, float& value) {
  auto first = text.data();
  auto last = first + text.size();
  if (first != last && *first == '+' && text.size() > 1 && text[1] != '-')
    ++first;
  double d = 0;
  auto [end, error] = std::from_chars(first, last, d);
  if (error == std::errc::result_out_of_range && end == last)
    return out_of_range(without_sign(text), value);
  if (error != std::errc{} || end != last || !std::isfinite(d))
    return is_refused_form(text) ? number_form::refused : number_form::not_one;
  if (std::abs(d) > static_cast<double>(std::numeric_limits<float>::max()))
    return number_form::refused;
  value = static_cast<float>(d);
  return number_form::number;
}

bool is_missing(std::string_view text) {
  switch (text.size()) {
  case 0:
    return true;
  case 1:
    return text[0] == '?' || text[0] == '-';
  case 2:
    return equals_ignoring_case(text, "na");
  case 3:
    return equals_ignoring_case(text, "n/a")
           || equals_ignoring_case(text, "nan");
  case 4:
    return equals_ignoring_case(text, "null")
           || equals_ignoring_case(text, "none");
  default:
    return false;
  }
}

size_t find_invalid_utf8(std::string_view text) {
  auto i = plain_prefix(text);
  while (i < text.size()) {
    if (i + 8 <= text.size() && is_plain(text.data() + i)) {
      i += 8;
      continue;
    }
    auto length = utf8_length(
      reinterpret_cast<const unsigned char*>(text.data()) + i, text.size() - i);
    if (length == 0)
      return i;
    i += length;
  }
  return std::string_view::npos;
}

std::string shown(std::string_view text) {
  constexpr size_t longest = 40;
  std::string result = "'";
  size_t i = 0;
  while (i < text.size() && result.size() <= longest) {
    auto length = utf8_length(
      reinterpret_cast<const unsigned char*>(text.data()) + i, text.size() - i);
    auto c = static_cast<unsigned char>(text[i]);
    if (length == 0 || c < 0x20 || c == 0x7F)
      result += '?';
    else
      result.append(text, i, length);
    i += std::max<size_t>(length, 1);
  }
  return result + (i < text.size() ? "...'" : "'");
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      auto change = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

} // namespace models
