#pragma once

#include <shell/plots/curves_svg.hpp>

namespace lepton_shell {

/// How high the matrix will be in a box of this width, pixels.
double matrix_height(const matrix_figure& m, double width);

/// Draws the confusion matrix: truth down, prediction across, a cell the
/// stronger the larger its share of the row; beside it precision and recall of
/// each class, if there is room for them.
void draw_matrix(svg_picture& to, const matrix_figure& m, const svg_box& box);

} // namespace lepton_shell
