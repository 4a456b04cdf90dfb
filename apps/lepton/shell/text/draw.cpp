#include <shell/text/draw.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace lepton_shell {

namespace {

constexpr std::array<const char*, 9> eighths_across{" ", "▏", "▎", "▍", "▌",
                                                    "▋", "▊", "▉", "█"};
constexpr std::array<const char*, 9> eighths_up{" ", "▁", "▂", "▃", "▄",
                                                "▅", "▆", "▇", "█"};

/// Averages `values` to at most `columns` of them.
std::vector<double> condense(const std::vector<double>& values,
                             size_t columns) {
  auto n = std::min(values.size(), columns);
  std::vector<double> means;
  for (size_t i = 0; i < n; ++i) {
    auto first = i * values.size() / n;
    auto last = (i + 1) * values.size() / n;
    double sum = 0;
    size_t count = 0;
    for (auto j = first; j < last; ++j) {
      if (std::isfinite(values[j])) {
        sum += values[j];
        ++count;
      }
    }
    means.push_back(count > 0 ? sum / static_cast<double>(count)
                              : std::numeric_limits<double>::quiet_NaN());
  }
  return means;
}

/// Least and greatest finite value; {1, 0} when there is none.
std::pair<double, double> limits_of(const std::vector<double>& values) {
  auto low = std::numeric_limits<double>::infinity();
  auto high = -low;
  for (auto x : values) {
    if (std::isfinite(x)) {
      low = std::min(low, x);
      high = std::max(high, x);
    }
  }
  if (low > high)
    return {1, 0};
  return {low, high};
}

/// The part of a column of height `level` eighths that lies in line `row`,
/// counted from the bottom.
const char* column_part(double level, size_t row) {
  auto rest =
    static_cast<long>(std::lround(level)) - static_cast<long>(row * 8);
  return eighths_up[static_cast<size_t>(std::clamp(rest, 0L, 8L))];
}

std::string chart_line(const std::vector<double>& values,
                       double low,
                       double high,
                       size_t row,
                       size_t height) {
  std::string line;
  auto span = high > low ? high - low : 1.0;
  for (auto x : values) {
    if (!std::isfinite(x)) {
      line += ' ';
      continue;
    }
    auto levels = static_cast<double>(height * 8 - 1);
    line += column_part(1 + (x - low) / span * levels, row);
  }
  return line;
}

std::string count_text(double count) {
  return figure(count, 9);
}

size_t matrix_width(const std::vector<std::vector<double>>& counts,
                    const std::vector<std::string>& classes) {
  size_t widest = 1;
  for (auto& row : counts) {
    for (auto count : row)
      widest = std::max(widest, count_text(count).size());
  }
  for (auto& name : classes)
    widest = std::max(widest, std::min<size_t>(width(name), 10));
  return widest;
}

} // namespace

std::string bar(double share, size_t columns) {
  share = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  auto eighths =
    static_cast<size_t>(std::lround(share * static_cast<double>(columns) * 8));
  auto text = repeat("█", eighths / 8);
  if (eighths % 8 > 0)
    text += eighths_across[eighths % 8];
  return pad_right(text, columns);
}

std::vector<std::string>
chart(const series& data, size_t columns, size_t height, const style& look) {
  constexpr size_t scale = 9; // columns of the figures at the left
  auto values =
    condense(data.values, columns > scale + 3 ? columns - scale - 3 : 1);
  auto [low, high] = limits_of(values);
  std::vector<std::string> lines;
  if (low > high || height == 0)
    return lines;
  lines.push_back(look.paint(tone::strong, data.name));
  for (size_t i = 0; i < height; ++i) {
    auto row = height - 1 - i;
    auto mark = i == 0 ? figure(high) : (row == 0 ? figure(low) : "");
    lines.push_back(
      look.paint(tone::dim, pad_left(mark, scale) + " │")
      + look.paint(data.colour, chart_line(values, low, high, row, height)));
  }
  auto last = std::to_string(data.values.size());
  auto axis =
    values.size() > last.size() + 1 ? values.size() - last.size() - 1 : 0;
  lines.push_back(look.paint(tone::dim, std::string(scale, ' ') + " └"
                                          + repeat("─", values.size())));
  lines.push_back(look.paint(tone::dim, std::string(scale + 2, ' ') + "1"
                                          + std::string(axis, ' ') + last));
  return lines;
}

std::vector<std::string>
confusion(const std::vector<std::vector<double>>& counts,
          const std::vector<std::string>& classes,
          const style& look) {
  auto name = [&](size_t i) {
    return shorten(
      i < classes.size() ? printable(classes[i]) : std::to_string(i), 10);
  };
  auto cell = matrix_width(counts, classes) + 1;
  std::vector<std::string> lines;
  std::string heading = pad_right("true \\ said", 11);
  for (size_t j = 0; j < counts.size(); ++j)
    heading += pad_left(name(j), cell);
  lines.push_back(look.paint(tone::dim, heading));
  for (size_t i = 0; i < counts.size(); ++i) {
    auto line = look.paint(tone::dim, pad_left(name(i), 11));
    for (size_t j = 0; j < counts[i].size(); ++j) {
      auto count = counts[i][j];
      auto t = i == j ? tone::good : (count > 0 ? tone::bad : tone::dim);
      auto text = count == 0 && i != j ? "·" : count_text(count);
      line += look.paint(t, pad_left(text, cell));
    }
    lines.push_back(line);
  }
  return lines;
}

} // namespace lepton_shell
