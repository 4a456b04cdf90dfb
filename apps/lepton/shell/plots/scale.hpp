#pragma once

#include <string>
#include <vector>

/// Where the marks of an axis stand. Pure functions, any thread.

namespace lepton_shell {

/// An axis from `low` to `high`, with round numbers between.
struct axis {
  double low = 0;
  double high = 1;
  bool logarithmic = false;
  std::vector<double> ticks; ///< ascending, from `low` to `high`

  /// Where a value lies: 0 at `low`, 1 at `high`.
  double place(double value) const;
};

/// An axis whose limits are ticks and hold all that lies from `low` to `high`.
/// @param most as many ticks at most, at least 2
axis round_axis(double low, double high, size_t most);

/// The same on a logarithmic scale, at least one decade: ticks are powers of
/// ten, and 2 and 5 times these if they are few.
/// @pre 0 < low
axis logarithmic_axis(double low, double high, size_t most);

/// An axis from `low` to `high` as they are, with whole numbers between: for
/// things that are counted.
axis counting_axis(double low, double high, size_t most);

/// The ticks as texts of as many digits as tell them apart.
std::vector<std::string> tick_texts(const axis& a);

} // namespace lepton_shell
