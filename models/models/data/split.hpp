#pragma once

// Which rows train, which choose the best weights, which judge them.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace models {

/// Row numbers, each ascending; together every row exactly once.
struct row_split {
  std::vector<uint32_t> train;
  std::vector<uint32_t> validation;
  std::vector<uint32_t> test;
};

/// How rows are divided.
enum class split_kind : uint8_t {
  stratified, ///< at random, keeping the shares of the classes
  random,     ///< at random
  time,       ///< as they stand: the first train, the last test
};

/// "stratified", "random" or "time".
std::string to_string(split_kind kind);

/// The inverse of `to_string`; throws `std::invalid_argument`.
split_kind split_kind_from(const std::string& text);

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

/// As above in another way: `random` shuffles all rows together, `time` takes
/// the last round(test_fraction x rows) rows to test, those before them to
/// validate, the first to train, of which one is left in any case.
row_split split_rows(std::span<const int32_t> labels,
                     double test_fraction,
                     double validation_fraction,
                     uint64_t seed,
                     split_kind kind);

/// The rows of one fold of a cross-validation: every row tests in one fold, but
/// for `time`, where the rows are cut into folds + 1 blocks, fold k tests on
/// block k + 1 and learns from all before it. Classes are spread over the folds
/// evenly to within one row when stratified.
/// @param folds 2 or more, at most as many as rows (`time`: less)
/// @param fold 0 to folds - 1
/// @param validation_share of the rows that do not test; of these as above
/// Throws `std::invalid_argument` for an argument out of range.
row_split fold_rows(std::span<const int32_t> labels,
                    uint32_t folds,
                    uint32_t fold,
                    double validation_share,
                    uint64_t seed,
                    split_kind kind = split_kind::stratified);

/// As `split_rows` without classes (clustering): all rows are of one class.
row_split split_rows(size_t rows,
                     double test_fraction,
                     double validation_fraction,
                     uint64_t seed);

} // namespace models
