#pragma once

// The numbers that most fields of most files hold, read without a branch for
// each digit. Internal to the CSV reader.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#ifdef __SSE4_1__
#  include <smmintrin.h>
#endif

namespace models {

/// Bytes behind a field that `parse_simple` may look at, though not use.
constexpr size_t simple_number_slack = 16;

namespace detail {

/// Powers of ten that a double holds exactly.
constexpr std::array<double, 16> powers_of_ten{
  1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

constexpr std::array<double, 2> signs{1, -1};

#ifdef __SSE4_1__

/// For a text of `size` bytes with its point at `point` (`size`: none): which
/// byte goes where, so that the digits end at byte 15.
struct digit_moves {
  std::array<std::array<std::array<uint8_t, 16>, 17>, 17> of{};

  constexpr digit_moves() {
    for (size_t size = 0; size <= 16; ++size)
      for (size_t point = 0; point <= size; ++point) {
        auto& to = of[size][point];
        size_t at = 16;
        for (size_t from = size; from-- > 0;)
          if (from != point)
            to[--at] = static_cast<uint8_t>(from);
        while (at > 0)
          to[--at] = 0x80; // zero
      }
  }
};

inline constexpr digit_moves moves{};

/// 16 values 0 to 9, the most significant first, as one number.
inline uint64_t join_digits(__m128i digits) {
  auto pairs =
    _mm_maddubs_epi16(digits, _mm_setr_epi8(10, 1, 10, 1, 10, 1, 10, 1, 10, 1,
                                            10, 1, 10, 1, 10, 1));
  auto fours =
    _mm_madd_epi16(pairs, _mm_setr_epi16(100, 1, 100, 1, 100, 1, 100, 1));
  auto packed = _mm_packus_epi32(fours, fours);
  auto eights = _mm_madd_epi16(
    packed, _mm_setr_epi16(10000, 1, 10000, 1, 10000, 1, 10000, 1));
  auto both = static_cast<uint64_t>(_mm_cvtsi128_si64(eights));
  return (both & 0xFFFFFFFF) * 100000000 + (both >> 32);
}

/// @param point where it is, or `size`
inline bool
find_digits(const char* p, size_t size, uint64_t& digits, size_t& point) {
  auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  auto values = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
  auto is_digit =
    _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
  auto inside = (1u << size) - 1;
  auto numbers = static_cast<unsigned>(_mm_movemask_epi8(is_digit)) & inside;
  auto points = static_cast<unsigned>(
                  _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('.'))))
                & inside;
  if ((numbers | points) != inside || (points & (points - 1)) != 0)
    return false;
  point = static_cast<size_t>(__builtin_ctz(points | (1u << size)));
  auto& move = moves.of[size][point];
  digits = join_digits(_mm_shuffle_epi8(
    values, _mm_loadu_si128(reinterpret_cast<const __m128i*>(move.data()))));
  return true;
}

#else

inline bool
find_digits(const char* p, size_t size, uint64_t& digits, size_t& point) {
  digits = 0;
  point = size;
  for (size_t i = 0; i < size; ++i) {
    auto digit = static_cast<uint32_t>(static_cast<unsigned char>(p[i])) - '0';
    if (digit <= 9)
      digits = digits * 10 + digit;
    else if (p[i] == '.' && point == size)
      point = i;
    else
      return false;
  }
  return true;
}

#endif

} // namespace detail

/// Reads a minus sign or none, at most 15 digits and a point among them. Both
/// the digits and the power of ten are exact in double, so their quotient is
/// rounded once and the result is that of `parse_number`.
/// @param text with `simple_number_slack` readable bytes behind it
/// @returns false for all else, other numbers included
/// Source: Clinger (1990), How to read floating point numbers accurately.
inline bool parse_simple(std::string_view text, float& value) {
  auto negative = !text.empty() && text.front() == '-';
  text.remove_prefix(negative);
  auto size = text.size();
  uint64_t digits = 0;
  size_t point = 0;
  if (size > 16 || !detail::find_digits(text.data(), size, digits, point))
    return false;
  auto behind = size - point - (point < size);
  auto count = size - (point < size);
  if (count == 0 || count > 15)
    return false;
  auto number = static_cast<double>(digits) / detail::powers_of_ten[behind];
  // Signs of data follow no pattern: a branch here costs more than the rest.
  value = static_cast<float>(number * detail::signs[negative]);
  return true;
}

} // namespace models
