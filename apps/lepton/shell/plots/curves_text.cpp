#include <shell/plots/braille.hpp>
#include <shell/plots/curves_text.hpp>
#include <shell/plots/scale.hpp>
#include <shell/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace lepton_shell {

namespace {

constexpr std::array<tone, 4> colours{tone::accent, tone::warning, tone::good,
                                      tone::bad};

tone colour_of(size_t i) {
  return colours[i % colours.size()];
}

struct plane {
  axis x;
  axis y;
  braille_canvas canvas;

  long across(double value) const {
    return std::lround(x.place(value)
                       * static_cast<double>(canvas.width() - 1));
  }

  long down(double value) const {
    return std::lround((1 - y.place(value))
                       * static_cast<double>(canvas.height() - 1));
  }
};

std::pair<double, double> limits_of(const curve_figure& f,
                                    std::vector<double> curve::*values) {
  auto low = std::numeric_limits<double>::infinity();
  auto high = -low;
  for (auto& c : f.curves)
    for (auto x : c.*values)
      if (std::isfinite(x)) {
        low = std::min(low, x);
        high = std::max(high, x);
      }
  return {low, high};
}

axis y_axis_of(const curve_figure& f, size_t height) {
  auto [low, high] = limits_of(f, &curve::y);
  auto most = std::max<size_t>(3, (height + 1) / 2);
  return f.logarithmic ? logarithmic_axis(low, high, most)
                       : round_axis(low, high, most);
}

void draw(plane& p, const curve& c, tone t) {
  for (size_t i = 0; i < c.x.size(); ++i) {
    if (!std::isfinite(c.y[i]))
      continue;
    auto joined = i > 0 && std::isfinite(c.y[i - 1]);
    auto from = joined ? i - 1 : i;
    p.canvas.line(p.across(c.x[from]), p.down(c.y[from]), p.across(c.x[i]),
                  p.down(c.y[i]), t);
  }
}

std::string heading(const curve_figure& f, const style& look) {
  auto text = look.paint(tone::strong, f.title);
  if (!f.y_unit.empty())
    text += look.paint(tone::dim, ", " + f.y_unit);
  for (size_t i = 0; i < f.curves.size(); ++i)
    text += "   " + look.paint(colour_of(i), "━━ " + f.curves[i].name);
  return text;
}

/// The scale beside the lines: a text where a tick lies.
std::vector<std::string>
scale_texts(const plane& p, size_t height, size_t width_of_scale) {
  std::vector<std::string> texts(height, std::string(width_of_scale, ' '));
  auto ticks = tick_texts(p.y);
  for (size_t i = 0; i < ticks.size(); ++i)
    texts[static_cast<size_t>(p.down(p.y.ticks[i]) / 4)] =
      pad_left(ticks[i], width_of_scale);
  return texts;
}

/// The axis below: numbers where ticks lie, as far as they do not touch.
std::string numbers_below(const plane& p) {
  std::string line;
  auto ticks = tick_texts(p.x);
  auto columns = p.canvas.width() / 2;
  for (size_t i = 0; i < ticks.size(); ++i) {
    auto at = static_cast<size_t>(p.across(p.x.ticks[i]) / 2);
    auto half = ticks[i].size() / 2;
    auto from = std::min(at < half ? 0 : at - half, columns - ticks[i].size());
    if (!line.empty() && from < line.size() + 1)
      continue;
    line = pad_right(line, from) + ticks[i];
  }
  return line;
}

std::vector<std::string> one_picture(const curve_figure& f,
                                     size_t columns,
                                     size_t height,
                                     const style& look) {
  auto y = y_axis_of(f, height);
  size_t scale = 1;
  for (auto& text : tick_texts(y))
    scale = std::max(scale, text.size());
  auto [first, last] = limits_of(f, &curve::x);
  auto room = columns > scale + 12 ? columns - scale - 2 : 10;
  plane p{counting_axis(first, last, std::max<size_t>(2, room / 12)), y,
          braille_canvas(room, height)};
  for (size_t i = 0; i < f.curves.size(); ++i)
    draw(p, f.curves[i], colour_of(i));
  if (f.mark)
    p.canvas.put(p.across(f.mark->x), p.down(f.mark->y), "●", tone::strong);
  std::vector<std::string> lines{heading(f, look)};
  auto texts = scale_texts(p, height, scale);
  for (size_t i = 0; i < height; ++i)
    lines.push_back(look.paint(tone::dim, texts[i] + " │")
                    + p.canvas.row(i, look));
  std::string blanks(scale + 1, ' ');
  auto rule = room > f.x_label.size() + 1 ? room - f.x_label.size() - 1 : 0;
  lines.push_back(
    look.paint(tone::dim, blanks + "└" + repeat("─", rule) + " " + f.x_label));
  lines.push_back(look.paint(tone::dim, blanks + " " + numbers_below(p)));
  if (f.mark)
    lines.push_back(look.paint(tone::dim, blanks + " ● " + f.mark->text));
  return lines;
}

} // namespace

std::vector<std::string> curves_text(const curve_figure& f,
                                     size_t columns,
                                     size_t height,
                                     const style& look) {
  if (look.colour || f.curves.size() == 1)
    return one_picture(f, columns, height, look);
  std::vector<std::string> lines;
  for (auto& c : f.curves) {
    auto alone = f;
    alone.curves = {c};
    if (alone.mark && c.name != "validation")
      alone.mark.reset();
    for (auto& line : one_picture(alone, columns, height, look))
      lines.push_back(line);
  }
  return lines;
}

} // namespace lepton_shell
