#pragma once

#include <shell/plots/figures.hpp>
#include <shell/text/style.hpp>

#include <string>
#include <vector>

namespace lepton_shell {

/// Draws curves for a terminal: title and names, then `height` lines with their
/// scale at the left, at most `columns` wide, and the axis below. Without
/// colours each curve gets a picture of its own, since dots look alike.
/// @pre columns >= 30, height >= 3
std::vector<std::string> curves_text(const curve_figure& f,
                                     size_t columns,
                                     size_t height,
                                     const style& look);

} // namespace lepton_shell
