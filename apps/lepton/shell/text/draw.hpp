#pragma once

#include <shell/text/style.hpp>

#include <cstddef>
#include <string>
#include <vector>

/// Pictures made of block characters. Pure functions, any thread.

namespace lepton_shell {

/// Returns a bar of `columns` cells, filled by `share` (0 to 1) to an eighth of
/// a cell: `█████▍    `.
std::string bar(double share, size_t columns);

/// Returns the lines of a confusion matrix: truth down, prediction across,
/// right answers good, wrong ones bad.
std::vector<std::string>
confusion(const std::vector<std::vector<double>>& counts,
          const std::vector<std::string>& classes,
          const style& look);

} // namespace lepton_shell
