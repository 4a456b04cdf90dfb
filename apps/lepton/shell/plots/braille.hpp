#pragma once

#include <shell/text/style.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lepton_shell {

/// A drawing of dots, two across and four down in each cell of a terminal. Not
/// thread-safe.
class braille_canvas {
public:
  braille_canvas(size_t columns, size_t rows);

  size_t width() const { return columns_ * 2; }

  size_t height() const { return rows_ * 4; }

  /// Sets a dot, counted from the upper left; dots outside are left out.
  void dot(long x, long y, tone t);

  /// A line between two dots, both ends included. @pre they are near the canvas
  void line(long x1, long y1, long x2, long y2, tone t);

  /// Puts a character of one column in place of the dots of the cell that holds
  /// the dot.
  void put(long x, long y, std::string_view character, tone t);

  /// One line of cells, counted from above.
  std::string row(size_t number, const style& look) const;

private:
  struct cell {
    uint8_t dots = 0;
    tone colour = tone::plain;
    std::string character = {};
  };

  size_t columns_;
  size_t rows_;
  std::vector<cell> cells_;
};

} // namespace lepton_shell
