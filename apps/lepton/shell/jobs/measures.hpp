#pragma once

#include <shell/net/api.hpp>

#include <string>
#include <string_view>
#include <vector>

/// What the figures in `metrics` mean: one table for jobs, evaluations, cards
/// and comparisons. Pure functions, any thread.

namespace lepton_shell {

/// Which of two values is the better one.
enum class better : uint8_t { higher, lower, neither };

/// One row of the table.
struct measure {
  std::string_view name; ///< as in the API
  better which = better::neither;
  bool share = false; ///< between 0 and 1 (or -1 and 1): four decimals
};

/// A figure and what it means.
struct measured {
  std::string name;
  double value;
  measure meaning; ///< of an unknown name: `neither`
};

/// Returns the row, or one without a meaning.
measure measure_of(std::string_view name);

/// Returns the numbers among `metrics`, those of the table first and in its
/// order, then the others. Counts of rows are no measures.
std::vector<measured> measures_in(const json& metrics);

/// Returns `0.9720` or `0.03125`, as the measure wants it; `-` for NaN.
std::string text_of(const measure& m, double value);

/// Returns name and value of each, as `accuracy 0.9720, loss 0.1`.
std::string measures_text(const json& metrics);

} // namespace lepton_shell
