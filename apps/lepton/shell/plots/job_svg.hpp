#pragma once

#include <shell/plots/figures.hpp>

#include <string>

namespace lepton_shell {

/// Draws curves, the confusion matrix and the scores by class below each other.
/// A pure function; cost linear in points and cells.
/// @returns an SVG document that stands alone
/// @throws refusal when there is nothing to draw yet
std::string draw_svg(const job_figures& all);

} // namespace lepton_shell
