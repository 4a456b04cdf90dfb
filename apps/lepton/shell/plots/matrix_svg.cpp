#include <shell/plots/matrix_svg.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lepton_shell {

namespace {

constexpr double heading = 66; // above the cells: title, axis, names
constexpr double most_side = 400;
constexpr double score_columns = 300; // beside the matrix
constexpr size_t most_scores = 40;    // classes with a row of scores
constexpr size_t name_columns = 14;

/// Where the cells of a matrix lie.
struct cell_grid {
  double x;
  double y;
  double cell;
  size_t n;

  double side() const { return cell * static_cast<double>(n); }

  double left(size_t j) const { return x + cell * static_cast<double>(j); }

  double top(size_t i) const { return y + cell * static_cast<double>(i); }
};

double name_pixels(const matrix_figure& m) {
  double widest = 0;
  for (auto& name : m.classes)
    widest = std::max(widest, text_pixels(shorten(name, name_columns)));
  return widest;
}

cell_grid grid_of(const matrix_figure& m, const svg_box& box) {
  auto n = m.counts.size();
  auto names = name_pixels(m) + 34;
  auto side = std::min(most_side, box.width - names - score_columns);
  auto cell = std::min(side / static_cast<double>(n), 64.0);
  return {box.x + names, box.y + heading, cell, n};
}

double row_sum(const std::vector<double>& row) {
  return std::accumulate(row.begin(), row.end(), 0.0);
}

void draw_cell(svg_picture& to,
               const matrix_figure& m,
               const cell_grid& g,
               size_t i,
               size_t j,
               double sum) {
  auto count = m.counts[i][j];
  auto gap = g.cell > 8 ? 1.0 : 0.0;
  auto share = sum > 0 ? count / sum : 0;
  auto words = g.n <= most_scores
                 ? "true " + m.classes[i] + ", said " + m.classes[j] + ": "
                     + figure(count, 9) + " (" + percent(share)
                     + " of the true " + m.classes[i] + ")"
                 : std::string{};
  if (count > 0) // even a single row can be seen
    to.rect(g.left(j), g.top(i), g.cell - gap, g.cell - gap,
            i == j ? "hit" : "miss", 0.18 + 0.82 * std::sqrt(share), words);
  auto text = figure(count, 9);
  if (count > 0 && g.cell >= 14 && text_pixels(text) <= g.cell)
    to.text(g.left(j) + g.cell / 2, g.top(i) + g.cell / 2 + 4, text,
            share > 0.25 ? "onfill" : "", anchor::middle);
}

/// Names down and across; if they stand too close, some are left out.
void draw_names(svg_picture& to, const matrix_figure& m, const cell_grid& g) {
  auto stride = static_cast<size_t>(std::max(1.0, std::ceil(14 / g.cell)));
  auto wide = name_pixels(m) + 4;
  auto stride_across =
    static_cast<size_t>(std::max(1.0, std::ceil(wide / g.cell)));
  auto turned = stride_across > 1 && stride == 1;
  for (size_t i = 0; i < g.n; i += stride)
    to.text(g.x - 7, g.top(i) + g.cell / 2 + 4,
            shorten(m.classes[i], name_columns), "dim", anchor::end);
  for (size_t j = 0; j < g.n; j += turned ? 1 : stride_across) {
    auto name = shorten(m.classes[j], name_columns);
    auto x = g.left(j) + g.cell / 2;
    if (turned)
      to.upright_text(x + 4, g.top(g.n) + 8, name, "dim", anchor::end);
    else
      to.text(x, g.top(g.n) + 17, name, "dim", anchor::middle);
  }
  auto below = turned ? name_pixels(m) + 26 : 38;
  to.text(g.x + g.side() / 2, g.top(g.n) + below, "predicted class", {},
          anchor::middle);
  to.upright_text(g.x - name_pixels(m) - 16, g.y + g.side() / 2, "true class",
                  {});
}

void draw_bar(svg_picture& to,
              double x,
              double y,
              double height,
              double value,
              const char* fill) {
  constexpr double full = 56;
  to.rect(x, y, full, height, "cell");
  if (value > 0)
    to.rect(x, y, full * value, height, fill);
  to.text(x + full + 6, y + height / 2 + 4,
          std::isnan(value) ? "none" : percent(value), {});
}

/// A row of bars for each class, in line with the rows of the matrix.
void draw_scores(svg_picture& to, const matrix_figure& m, const cell_grid& g) {
  if (g.cell < 14)
    return;
  auto x = g.x + g.side() + 34;
  to.text(x, g.y - 10, "precision", {});
  to.text(x + 122, g.y - 10, "recall", {});
  auto all = by_class(m);
  auto height = std::min(g.cell - 4, 14.0);
  for (size_t i = 0; i < all.size(); ++i) {
    auto y = g.top(i) + (g.cell - height) / 2;
    draw_bar(to, x, y, height, all[i].precision, "f0");
    draw_bar(to, x + 122, y, height, all[i].recall, "f2");
  }
}

} // namespace

double matrix_height(const matrix_figure& m, double width) {
  auto g = grid_of(m, {0, 0, width, 0});
  return heading + g.side() + name_pixels(m) + 40;
}

void draw_matrix(svg_picture& to, const matrix_figure& m, const svg_box& box) {
  auto g = grid_of(m, box);
  to.begin_part(in_words(m));
  to.text(box.x + 12, box.y + 30, m.title, "strong");
  to.rect(g.x, g.y, g.side(), g.side(), "cell");
  for (size_t i = 0; i < g.n; ++i) {
    auto sum = row_sum(m.counts[i]);
    for (size_t j = 0; j < g.n; ++j)
      draw_cell(to, m, g, i, j, sum);
  }
  draw_names(to, m, g);
  draw_scores(to, m, g);
  to.end_part();
}

} // namespace lepton_shell
