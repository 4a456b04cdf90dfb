#include <shell/text/draw.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace lepton_shell {

namespace {

constexpr std::array<const char*, 9> eighths_across{" ", "▏", "▎", "▍", "▌",
                                                    "▋", "▊", "▉", "█"};

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
