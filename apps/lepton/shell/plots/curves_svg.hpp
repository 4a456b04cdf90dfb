#pragma once

#include <shell/plots/figures.hpp>
#include <shell/plots/svg.hpp>

namespace lepton_shell {

/// A part of a picture, in pixels.
struct svg_box {
  double x;
  double y;
  double width;
  double height;
};

/// Draws curves with their axes, units and names into a box.
void draw_curves(svg_picture& to, const curve_figure& f, const svg_box& box);

} // namespace lepton_shell
