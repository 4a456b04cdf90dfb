#include <shell/plots/braille.hpp>

#include <array>
#include <cstdlib>

namespace lepton_shell {

namespace {

/// The bit of a dot in the block U+2800, by row and column of the cell.
constexpr std::array<std::array<uint8_t, 2>, 4> bits{
  {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};

std::string character_of(uint8_t dots) {
  if (dots == 0)
    return " ";
  return {'\xE2', static_cast<char>(0xA0 | (dots >> 6)),
          static_cast<char>(0x80 | (dots & 0x3F))};
}

} // namespace

braille_canvas::braille_canvas(size_t columns, size_t rows)
  : columns_(columns), rows_(rows), cells_(columns * rows) {
  // nop
}

void braille_canvas::dot(long x, long y, tone t) {
  if (x < 0 || y < 0 || x >= static_cast<long>(width())
      || y >= static_cast<long>(height()))
    return;
  auto at = static_cast<size_t>(y / 4) * columns_ + static_cast<size_t>(x / 2);
  cells_[at].dots |=
    bits[static_cast<size_t>(y % 4)][static_cast<size_t>(x % 2)];
  cells_[at].colour = t;
}

// Bresenham (1965).
void braille_canvas::line(long x1, long y1, long x2, long y2, tone t) {
  auto dx = std::labs(x2 - x1);
  auto dy = -std::labs(y2 - y1);
  auto step_x = x1 < x2 ? 1 : -1;
  auto step_y = y1 < y2 ? 1 : -1;
  auto error = dx + dy;
  while (true) {
    dot(x1, y1, t);
    if (x1 == x2 && y1 == y2)
      return;
    auto twice = 2 * error;
    if (twice >= dy) {
      error += dy;
      x1 += step_x;
    }
    if (twice <= dx) {
      error += dx;
      y1 += step_y;
    }
  }
}

void braille_canvas::put(long x, long y, std::string_view character, tone t) {
  dot(x, y, t);
  if (x < 0 || y < 0 || x >= static_cast<long>(width())
      || y >= static_cast<long>(height()))
    return;
  auto at = static_cast<size_t>(y / 4) * columns_ + static_cast<size_t>(x / 2);
  cells_[at].character = character;
}

std::string braille_canvas::row(size_t number, const style& look) const {
  std::string line;
  std::string run;
  auto colour = tone::plain;
  for (size_t i = 0; i < columns_; ++i) {
    auto& c = cells_[number * columns_ + i];
    auto drawn = c.dots != 0;
    if (drawn && c.colour != colour) {
      line += look.paint(colour, run);
      run.clear();
      colour = c.colour;
    }
    run += c.character.empty() ? character_of(c.dots) : c.character;
  }
  return line + look.paint(colour, run);
}

} // namespace lepton_shell
