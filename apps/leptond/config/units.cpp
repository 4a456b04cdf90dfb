#include <leptond/config/units.hpp>

#include <array>
#include <span>

namespace leptond {

namespace {

struct unit {
  std::string_view name;
  std::int64_t scale;
};

constexpr std::int64_t hundred_years = std::int64_t{100} * 366 * 86'400'000;
constexpr std::int64_t most_bytes = std::int64_t{1} << 60;
constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = kib * kib;
constexpr std::int64_t gib = mib * kib;
constexpr std::int64_t tib = gib * kib;

// From the greatest, so that texts come out short.
constexpr std::array<unit, 4> times = {
  {{"h", 3'600'000}, {"min", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<unit, 8> sizes = {{{"TiB", tib},
                                        {"GiB", gib},
                                        {"MiB", mib},
                                        {"KiB", kib},
                                        {"B", 1},
                                        {"GB", 1'000'000'000},
                                        {"MB", 1'000'000},
                                        {"kB", 1'000}}};

const unit* find_unit(std::string_view name, std::span<const unit> units) {
  for (const auto& candidate : units)
    if (candidate.name == name)
      return &candidate;
  return nullptr;
}

bool all_digits(std::string_view text) {
  return !text.empty()
         && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Exact decimal arithmetic: 1.5 x 1000 is 1500, and 0.1 of one is refused.
std::optional<std::int64_t>
scaled(std::string_view number, std::int64_t scale, std::int64_t most) {
  const auto dot = number.find('.');
  const auto whole = number.substr(0, dot);
  const auto part =
    dot == std::string_view::npos ? std::string_view{} : number.substr(dot + 1);
  if (!all_digits(whole) || whole.size() > 18 || part.size() > 9
      || (dot != std::string_view::npos && !all_digits(part)))
    return std::nullopt;
  __extension__ using wide = __int128;
  wide value = 0;
  wide divisor = 1;
  for (const auto digit : whole)
    value = value * 10 + (digit - '0');
  for (const auto digit : part) {
    value = value * 10 + (digit - '0');
    divisor *= 10;
  }
  value *= scale;
  if (value % divisor != 0 || value / divisor > most)
    return std::nullopt;
  return static_cast<std::int64_t>(value / divisor);
}

std::optional<std::int64_t>
parse(std::string_view text, std::span<const unit> units, std::int64_t most) {
  const auto end = text.find_first_not_of("0123456789.");
  if (end == std::string_view::npos)
    return std::nullopt;
  const auto* found = find_unit(text.substr(end), units);
  if (found == nullptr)
    return std::nullopt;
  return scaled(text.substr(0, end), found->scale, most);
}

std::string shortest(std::int64_t value, std::span<const unit> units) {
  for (const auto& candidate : units)
    if (value != 0 && value % candidate.scale == 0)
      return std::to_string(value / candidate.scale)
             + std::string{candidate.name};
  return {};
}

} // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) {
  return parse(text, times, hundred_years);
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  return parse(text, sizes, most_bytes);
}

std::string duration_text(std::int64_t milliseconds) {
  return milliseconds == 0 ? "0s" : shortest(milliseconds, times);
}

std::string size_text(std::int64_t bytes) {
  return bytes == 0 ? "0B" : shortest(bytes, sizes);
}

} // namespace leptond
