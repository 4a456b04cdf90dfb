#include <models/clustering/linkage.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <string_view>

namespace models {

namespace {

enum direction : uint8_t { up = 1, down = 2, left = 4, right = 8 };

constexpr std::array<std::string_view, 16> strokes{" ", "╵", "╷", "│", "╴", "┘",
                                                   "┐", "┤", "╶", "└", "┌", "├",
                                                   "─", "┴", "┬", "┼"};

class drawing {
public:
  drawing(std::span<const linkage_step> steps, size_t leaves, size_t width)
    : steps_(steps),
      rows_(steps.size() + 1),
      first_(steps.size() - std::min(steps.size(), leaves - 1)),
      width_(width),
      cells_((2 * (steps.size() - first_) + 1) * width),
      first_row_(rows_ + steps.size()) {
    std::iota(first_row_.begin(), first_row_.end(), size_t{0});
    for (size_t i = 0; i < steps.size(); ++i)
      first_row_[rows_ + i] =
        std::min(first_row_[steps[i].a], first_row_[steps[i].b]);
  }

  std::vector<std::string> lines() {
    auto root = place(rows_ + steps_.size() - 1);
    reach(root, width_ - 1);
    at(root.line, width_ - 1) |= right;
    std::vector<std::string> result;
    for (size_t y = 0; y < names_.size(); ++y) {
      auto text = names_[y];
      for (size_t x = 0; x < width_; ++x)
        text += strokes[at(y, x)];
      text.erase(text.find_last_not_of(' ') + 1);
      result.push_back(std::move(text));
    }
    result.push_back(scale());
    return result;
  }

private:
  struct spot {
    size_t line;
    size_t column;
  };

  uint8_t& at(size_t y, size_t x) { return cells_[y * width_ + x]; }

  /// Draws a cluster and what is below it.
  spot place(size_t cluster) {
    if (cluster < rows_ || cluster - rows_ < first_)
      return leaf(cluster);
    auto& step = steps_[cluster - rows_];
    auto turned = first_row_[step.b] < first_row_[step.a];
    auto a = place(turned ? step.b : step.a);
    auto b = place(turned ? step.a : step.b);
    auto x = std::max({column_of(step.height), a.column, b.column});
    reach(a, x);
    reach(b, x);
    at(a.line, x) |= down;
    at(b.line, x) |= up;
    for (auto y = a.line + 1; y < b.line; ++y)
      at(y, x) |= up | down;
    return {(a.line + b.line) / 2, x};
  }

  spot leaf(size_t cluster) {
    char text[32];
    if (cluster < rows_)
      std::snprintf(text, sizeof(text), "%16s ",
                    ("row " + std::to_string(cluster + 1)).c_str());
    else
      std::snprintf(
        text, sizeof(text), "%16s ",
        (std::to_string(steps_[cluster - rows_].rows) + " rows").c_str());
    if (!names_.empty())
      names_.emplace_back(17, ' ');
    names_.emplace_back(text);
    at(names_.size() - 1, 0) |= left;
    return {names_.size() - 1, 0};
  }

  /// A line from a spot to the right.
  void reach(spot from, size_t x) {
    for (auto i = from.column; i < x; ++i) {
      at(from.line, i) |= right;
      at(from.line, i + 1) |= left;
    }
  }

  size_t column_of(double height) const {
    auto top = steps_.back().height;
    auto share = top > 0 ? height / top : 0;
    return 1
           + static_cast<size_t>(
             std::lround(share * static_cast<double>(width_ - 3)));
  }

  std::string scale() const {
    char text[64];
    std::snprintf(text, sizeof(text), "%.4g", steps_.back().height);
    auto pad = width_ - std::min(width_, std::string_view(text).size() + 1);
    return std::string(17, ' ') + "0" + std::string(pad, ' ') + text;
  }

  std::span<const linkage_step> steps_;
  size_t rows_;
  size_t first_; ///< step that is drawn
  size_t width_;
  std::vector<std::string> names_;
  std::vector<uint8_t> cells_;
  std::vector<size_t> first_row_; ///< of each cluster: the least goes on top
};

} // namespace

std::vector<std::string>
dendrogram(std::span<const linkage_step> steps, size_t leaves, size_t width) {
  if (steps.empty())
    return {};
  return drawing(steps, std::max<size_t>(leaves, 2), std::max<size_t>(width, 8))
    .lines();
}

} // namespace models
