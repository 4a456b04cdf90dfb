#include <shell/plots/curves_svg.hpp>
#include <shell/plots/scale.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace lepton_shell {

namespace {

std::string numbered(const char* look, size_t i) {
  return look + std::to_string(i % 4);
}

struct limits {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void take(const std::vector<double>& values) {
    for (auto x : values)
      if (std::isfinite(x)) {
        low = std::min(low, x);
        high = std::max(high, x);
      }
  }
};

/// Axes and the place of the plot between them.
struct plane {
  svg_box box;
  axis x;
  axis y;

  double across(double value) const {
    return box.x + x.place(value) * box.width;
  }

  double down(double value) const {
    return box.y + (1 - y.place(value)) * box.height;
  }
};

plane plane_of(const curve_figure& f, const svg_box& box) {
  limits xs;
  limits ys;
  for (auto& c : f.curves) {
    xs.take(c.x);
    ys.take(c.y);
  }
  constexpr size_t most_x = 8;
  constexpr size_t most_y = 7;
  return {{box.x + 62, box.y + 48, box.width - 74, box.height - 96},
          counting_axis(xs.low, xs.high, most_x),
          f.logarithmic ? logarithmic_axis(ys.low, ys.high, most_y)
                        : round_axis(ys.low, ys.high, most_y)};
}

void draw_axes(svg_picture& to, const curve_figure& f, const plane& p) {
  auto bottom = p.box.y + p.box.height;
  auto right = p.box.x + p.box.width;
  auto texts = tick_texts(p.y);
  for (size_t i = 0; i < texts.size(); ++i) {
    auto y = p.down(p.y.ticks[i]);
    to.line(p.box.x, y, right, y, "grid");
    to.text(p.box.x - 7, y + 4, texts[i], "dim", anchor::end);
  }
  texts = tick_texts(p.x);
  for (size_t i = 0; i < texts.size(); ++i) {
    auto x = p.across(p.x.ticks[i]);
    to.line(x, bottom, x, bottom + 5, "frame");
    to.text(x, bottom + 18, texts[i], "dim", anchor::middle);
  }
  to.rect(p.box.x, p.box.y, p.box.width, p.box.height, "frame");
  to.text(p.box.x + p.box.width / 2, bottom + 38, f.x_label, {},
          anchor::middle);
  to.upright_text(p.box.x - 50, p.box.y + p.box.height / 2,
                  f.y_unit.empty() ? f.y_label : f.y_label + ", " + f.y_unit,
                  {});
}

/// Names of the curves with a piece of each, at the right of the title.
void draw_legend(svg_picture& to, const curve_figure& f, const plane& p) {
  auto x = p.box.x + p.box.width;
  auto y = p.box.y - 12;
  for (auto i = f.curves.size(); i-- > 0;) {
    x -= text_pixels(f.curves[i].name);
    to.text(x, y, f.curves[i].name, {});
    to.path({{x - 30, y - 4}, {x - 6, y - 4}}, numbered("s", i));
    x -= 46;
  }
}

/// The point, and its words where no curve falls or rises to.
void draw_mark(svg_picture& to, const curve_mark& mark, const plane& p) {
  auto x = p.box.x + p.box.width - 10;
  auto upper = p.down(mark.y) > p.box.y + p.box.height / 2;
  auto y = upper ? p.box.y + 20 : p.box.y + p.box.height - 12;
  to.circle(p.across(mark.x), p.down(mark.y), 4.5, "mark");
  to.text(x, y, mark.text, {}, anchor::end);
  to.circle(x - text_pixels(mark.text) - 2, y - 4, 4.5, "mark");
}

} // namespace

void draw_curves(svg_picture& to, const curve_figure& f, const svg_box& box) {
  auto p = plane_of(f, box);
  to.begin_part(in_words(f));
  to.text(p.box.x, p.box.y - 12, f.title, "strong");
  draw_axes(to, f, p);
  for (size_t i = 0; i < f.curves.size(); ++i) {
    auto& c = f.curves[i];
    svg_points points;
    for (size_t j = 0; j < c.x.size(); ++j)
      points.emplace_back(p.across(c.x[j]), p.down(c.y[j]));
    to.path(points, numbered("s", i));
  }
  draw_legend(to, f, p);
  if (f.mark)
    draw_mark(to, *f.mark, p);
  to.end_part();
}

} // namespace lepton_shell
