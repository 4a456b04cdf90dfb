#include <shell/plots/scale.hpp>
#include <shell/text/units.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace lepton_shell {

namespace {

/// The least of 1, 2, 5 times a power of ten that is not below `x`.
double round_up(double x) {
  auto power = std::pow(10, std::floor(std::log10(x)));
  for (auto digit : {1.0, 2.0, 5.0})
    if (digit * power >= x * (1 - 1e-9))
      return digit * power;
  return 10 * power;
}

} // namespace

double axis::place(double value) const {
  if (logarithmic)
    return (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
  return (value - low) / (high - low);
}

axis round_axis(double low, double high, size_t most) {
  if (!(high > low)) { // one value: room around it
    auto room = std::max(std::abs(low) * 0.1, 1e-9);
    low -= room;
    high += room;
  }
  auto gaps = static_cast<double>(std::max<size_t>(most, 3) - 2);
  auto step = round_up((high - low) / gaps);
  auto first = std::floor(low / step + 1e-9);
  auto last = std::ceil(high / step - 1e-9);
  axis a{first * step, last * step, false, {}};
  for (auto i = first; i <= last; ++i)
    a.ticks.push_back(i * step);
  return a;
}

axis logarithmic_axis(double low, double high, size_t most) {
  auto bottom = 1 / round_up(1 / low);
  axis a{bottom, std::max(round_up(high), 10 * bottom), true, {}};
  auto first = std::ceil(std::log10(a.low) - 1e-9);
  auto last = std::floor(std::log10(a.high) + 1e-9);
  auto stride =
    std::max(1.0, std::ceil((last - first) / static_cast<double>(most - 1)));
  auto dense = (last - first + 1) * 3 <= static_cast<double>(most + 2);
  for (auto power = dense ? first - 1 : first; power <= last; power += stride)
    for (auto digit : {1.0, 2.0, 5.0}) {
      auto x = digit * std::pow(10, power);
      if ((digit == 1 || dense) && x >= a.low * (1 - 1e-9)
          && x <= a.high * (1 + 1e-9))
        a.ticks.push_back(x);
    }
  return a;
}

axis counting_axis(double low, double high, size_t most) {
  axis a{low, std::max(high, low + 1), false, {low}};
  auto gaps = static_cast<double>(std::max<size_t>(most, 2) - 1);
  auto step = std::max(1.0, round_up((a.high - low) / gaps));
  for (auto x = (std::floor(low / step) + 1) * step; x <= a.high; x += step)
    if (x - low > step / 2)
      a.ticks.push_back(x);
  return a;
}

std::vector<std::string> tick_texts(const axis& a) {
  std::vector<std::string> texts;
  double widest = std::max(std::abs(a.low), std::abs(a.high));
  auto step = a.ticks.size() > 1 ? a.ticks[1] - a.ticks[0] : widest;
  auto decimals = static_cast<int>(
    std::clamp(std::ceil(-std::log10(step) - 1e-9), 0.0, 12.0));
  auto plain = !a.logarithmic && widest < 1e7 && decimals <= 6;
  for (auto x : a.ticks) {
    std::array<char, 64> text{};
    if (plain)
      std::snprintf(text.data(), text.size(), "%.*f", decimals,
                    std::abs(x) < step * 1e-6 ? 0.0 : x);
    texts.push_back(plain ? text.data() : figure(x));
  }
  return texts;
}

} // namespace lepton_shell
