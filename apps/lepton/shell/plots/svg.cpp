#include <shell/plots/svg.hpp>
#include <shell/text/utf8.hpp>

#include <array>
#include <cmath>
#include <cstdio>

namespace lepton_shell {

namespace {

// The colours of the lines are those of Okabe and Ito (2008), which differ for
// the colour-blind, too; the dashes differ without any colour. CSS variables
// would be shorter, but not every viewer knows them.
constexpr std::string_view style_sheet = R"(
text { font-family: system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  font-size: 12px; fill: #333 }
.page { fill: #fff }
.frame { stroke: #888; fill: none }
.grid { stroke: #ddd; fill: none }
.title { font-size: 17px; font-weight: 600; fill: #111 }
.strong { font-size: 14px; font-weight: 600; fill: #111 }
.dim { fill: #666 }
.onfill { fill: #fff }
.s0, .s1, .s2, .s3 { fill: none; stroke-width: 2; stroke-linejoin: round }
.s0 { stroke: #0072b2 } .f0 { fill: #0072b2 }
.s1 { stroke: #d55e00; stroke-dasharray: 7 3 } .f1 { fill: #d55e00 }
.s2 { stroke: #007a5a; stroke-dasharray: 2 3 } .f2 { fill: #007a5a }
.s3 { stroke: #a5407f; stroke-dasharray: 9 3 2 3 } .f3 { fill: #a5407f }
.mark { fill: #fff; stroke: #111; stroke-width: 2 }
.cell { fill: #f2f2f2 }
.hit { fill: #00694e }
.miss { fill: #b34700 }
@media (prefers-color-scheme: dark) {
text { fill: #ddd }
.page { fill: #16181c }
.frame { stroke: #888 }
.grid { stroke: #3a3d44 }
.title, .strong { fill: #f4f4f4 }
.dim { fill: #a9adb5 }
.onfill { fill: #fff }
.s0 { stroke: #56b4e9 } .f0 { fill: #56b4e9 }
.s1 { stroke: #ff9142 } .f1 { fill: #ff9142 }
.s2 { stroke: #2fc79a } .f2 { fill: #2fc79a }
.s3 { stroke: #e59ac4 } .f3 { fill: #e59ac4 }
.mark { fill: #16181c; stroke: #f4f4f4 }
.cell { fill: #23262c }
.hit { fill: #00805f }
.miss { fill: #c65200 }
}
)";

/// A coordinate with at most two decimals.
std::string px(double x) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.2f", x);
  std::string out(text.data());
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.')
    out.pop_back();
  return out == "-0" ? "0" : out;
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + svg_escape(value) + "\"";
}

std::string_view word_of(anchor where) {
  switch (where) {
  case anchor::middle:
    return "middle";
  case anchor::end:
    return "end";
  default:
    return "start";
  }
}

} // namespace

std::string svg_escape(std::string_view text) {
  std::string out;
  auto safe = printable(text);
  for (size_t i = 0; i < safe.size(); ++i) {
    auto rest = std::string_view(safe).substr(i);
    if (rest.starts_with("\xEF\xBF\xBE") || rest.starts_with("\xEF\xBF\xBF")) {
      out += "?"; // no characters of XML
      i += 2;
    } else if (safe[i] == '&')
      out += "&amp;";
    else if (safe[i] == '<')
      out += "&lt;";
    else if (safe[i] == '>')
      out += "&gt;";
    else if (safe[i] == '"')
      out += "&quot;";
    else
      out += safe[i];
  }
  return out;
}

double text_pixels(std::string_view text) {
  return 7.0 * static_cast<double>(width(text));
}

void svg_picture::rect(double x,
                       double y,
                       double width,
                       double height,
                       std::string_view look,
                       double opacity,
                       std::string_view title) {
  body_ += "<rect" + attribute("class", look) + attribute("x", px(x))
           + attribute("y", px(y)) + attribute("width", px(width))
           + attribute("height", px(height));
  if (opacity < 1)
    body_ += attribute("fill-opacity", px(opacity));
  body_ += title.empty() ? "/>\n"
                         : "><title>" + svg_escape(title) + "</title></rect>\n";
}

void svg_picture::line(
  double x1, double y1, double x2, double y2, std::string_view look) {
  body_ += "<line" + attribute("class", look) + attribute("x1", px(x1))
           + attribute("y1", px(y1)) + attribute("x2", px(x2))
           + attribute("y2", px(y2)) + "/>\n";
}

void svg_picture::circle(double x,
                         double y,
                         double radius,
                         std::string_view look) {
  body_ += "<circle" + attribute("class", look) + attribute("cx", px(x))
           + attribute("cy", px(y)) + attribute("r", px(radius)) + "/>\n";
}

void svg_picture::path(const svg_points& points, std::string_view look) {
  std::string steps;
  bool open = false;
  for (auto [x, y] : points) {
    auto good = std::isfinite(x) && std::isfinite(y);
    if (good)
      steps += (open ? "L" : "M") + px(x) + " " + px(y);
    open = good;
  }
  if (!steps.empty())
    body_ +=
      "<path" + attribute("class", look) + attribute("d", steps) + "/>\n";
}

void svg_picture::put_text(double x,
                           double y,
                           std::string_view what,
                           std::string_view look,
                           anchor where,
                           std::string_view turn) {
  body_ += "<text" + attribute("x", px(x)) + attribute("y", px(y));
  if (!look.empty())
    body_ += attribute("class", look);
  if (where != anchor::start)
    body_ += attribute("text-anchor", word_of(where));
  if (!turn.empty())
    body_ += attribute("transform", turn);
  body_ += ">" + svg_escape(what) + "</text>\n";
}

void svg_picture::text(double x,
                       double y,
                       std::string_view what,
                       std::string_view look,
                       anchor where) {
  put_text(x, y, what, look, where, {});
}

void svg_picture::upright_text(double x,
                               double y,
                               std::string_view what,
                               std::string_view look,
                               anchor where) {
  put_text(x, y, what, look, where, "rotate(-90 " + px(x) + " " + px(y) + ")");
}

void svg_picture::begin_part(std::string_view label) {
  body_ +=
    "<g" + attribute("role", "group") + attribute("aria-label", label) + ">\n";
}

void svg_picture::end_part() {
  body_ += "</g>\n";
}

std::string svg_picture::document(double width,
                                  double height,
                                  std::string_view title,
                                  std::string_view description) const {
  auto size = px(width) + " " + px(height);
  std::string out = R"(<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" role="img")";
  out += R"( aria-labelledby="title description")"
         + attribute("width", px(width)) + attribute("height", px(height))
         + attribute("viewBox", "0 0 " + size) + ">\n";
  out += "<title id=\"title\">" + svg_escape(title) + "</title>\n";
  out += "<desc id=\"description\">" + svg_escape(description) + "</desc>\n";
  out += "<style>" + std::string(style_sheet) + "</style>\n";
  out += R"(<rect class="page" width="100%" height="100%"/>)"
         "\n";
  return out + body_ + "</svg>\n";
}

} // namespace lepton_shell
