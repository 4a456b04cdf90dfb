#pragma once

// Which rows train, which choose the best weights, which judge them.

#include <cstdint>
#include <span>
#include <vector>

namespace models {

/// Row numbers, each ascending; together every row exactly once.
struct row_split {
  std::vector<uint32_t> train;
  std::vector<uint32_t> validation;
  std::vector<uint32_t> test;
};

/// Splits rows at random, keeping the shares of the classes: a pure function of
/// its arguments, so whoever computes it again gets the same rows.
///
/// Each class is shuffled by `permutation(seed, class, size)`; its first rows
/// test, the next validate, the others train. A class gives round(fraction x
/// rows) rows with the rounding carried to the next class, so the totals are
/// round(fraction x all rows) and a class is off by less than one row. Every
/// class keeps at least one row in train, also if this makes a part smaller;
/// hence a part of very few rows may be empty although its fraction is not 0.
/// @param labels class of each row, 0 or more; fewer than 2^32 rows
/// @param test_fraction,validation_fraction of all rows; 0 or more, together
///        less than 1
/// Throws `std::invalid_argument` for an argument out of range.
row_split split_rows(std::span<const int32_t> labels,
                     double test_fraction,
                     double validation_fraction,
                     uint64_t seed);

/// As above without classes (clustering): all rows are of one class.
row_split split_rows(size_t rows,
                     double test_fraction,
                     double validation_fraction,
                     uint64_t seed);

} // namespace models
