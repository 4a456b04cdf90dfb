#include <models/core/random.hpp>
#include <models/data/split.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>

namespace models {

namespace {

constexpr std::array kind_names{"stratified", "random", "time"};

void check_fractions(double test, double validation) {
  auto valid = [](double f) { return f >= 0 && f < 1; }; // false for NaN
  if (!valid(test) || !valid(validation) || test + validation >= 1)
    throw std::invalid_argument(
      "split: test " + std::to_string(test) + " and validation "
      + std::to_string(validation)
      + ": expected 0 or more each, and less than 1 together");
}

/// The rows that are shuffled together: those of a class, or all.
std::vector<std::vector<uint32_t>> groups_of(std::span<const int32_t> labels,
                                             std::span<const uint32_t> rows,
                                             split_kind kind) {
  std::vector<std::vector<uint32_t>> groups(1);
  if (kind != split_kind::stratified) {
    groups[0].assign(rows.begin(), rows.end());
    return groups;
  }
  for (auto row : rows) {
    if (labels[row] < 0)
      throw std::invalid_argument("split: negative label in row "
                                  + std::to_string(row));
    auto c = static_cast<size_t>(labels[row]);
    if (c >= groups.size())
      groups.resize(c + 1);
    groups[c].push_back(row);
  }
  return groups;
}

/// How many rows the next class gives: rounds the running total.
class share {
public:
  explicit share(double fraction) : fraction_(fraction) {}

  size_t of(size_t rows) {
    rows_ += rows;
    auto total =
      static_cast<size_t>(std::llround(fraction_ * static_cast<double>(rows_)));
    auto count = total - given_;
    given_ = total;
    return count;
  }

private:
  double fraction_;
  size_t rows_ = 0;
  size_t given_ = 0;
};

void check_rows(size_t rows) {
  if (rows == 0 || rows > std::numeric_limits<uint32_t>::max())
    throw std::invalid_argument("split: expected 1 to 2^32 - 1 rows, got "
                                + std::to_string(rows));
}

std::vector<uint32_t> first_rows(size_t n) {
  std::vector<uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

void sort_parts(row_split& s) {
  for (auto* part : {&s.train, &s.validation, &s.test})
    std::sort(part->begin(), part->end());
}

row_split divide_in_order(std::span<const uint32_t> rows,
                          double test_fraction,
                          double validation_fraction) {
  auto test = std::min(share(test_fraction).of(rows.size()), rows.size() - 1);
  auto validation = std::min(share(validation_fraction).of(rows.size()),
                             rows.size() - 1 - test);
  auto train = rows.size() - test - validation;
  row_split result;
  result.train.assign(rows.begin(), rows.begin() + static_cast<long>(train));
  result.validation.assign(rows.begin() + static_cast<long>(train),
                           rows.end() - static_cast<long>(test));
  result.test.assign(rows.end() - static_cast<long>(test), rows.end());
  return result;
}

row_split divide(std::span<const int32_t> labels,
                 std::span<const uint32_t> rows,
                 double test_fraction,
                 double validation_fraction,
                 uint64_t seed,
                 split_kind kind) {
  if (kind == split_kind::time)
    return divide_in_order(rows, test_fraction, validation_fraction);
  row_split result;
  share tests(test_fraction);
  share validations(validation_fraction);
  auto groups = groups_of(labels, rows, kind);
  for (size_t c = 0; c < groups.size(); ++c) {
    const auto& group = groups[c];
    if (group.empty())
      continue;
    auto test_count = std::min(tests.of(group.size()), group.size() - 1);
    auto validation_count =
      std::min(validations.of(group.size()), group.size() - 1 - test_count);
    permutation order(seed, c, static_cast<uint32_t>(group.size()));
    for (uint32_t i = 0; i < group.size(); ++i) {
      auto& part = i < test_count                      ? result.test
                   : i < test_count + validation_count ? result.validation
                                                       : result.train;
      part.push_back(group[order(i)]);
    }
  }
  sort_parts(result);
  return result;
}

/// Which fold each row tests in; they go round, over the classes.
std::vector<uint32_t> fold_of_rows(std::span<const int32_t> labels,
                                   uint32_t folds,
                                   uint64_t seed,
                                   split_kind kind) {
  std::vector<uint32_t> fold(labels.size());
  uint32_t next = 0;
  auto groups = groups_of(labels, first_rows(labels.size()), kind);
  for (size_t c = 0; c < groups.size(); ++c) {
    if (groups[c].empty())
      continue;
    permutation order(seed, c, static_cast<uint32_t>(groups[c].size()));
    for (uint32_t i = 0; i < groups[c].size(); ++i)
      fold[groups[c][order(i)]] = next++ % folds;
  }
  return fold;
}

/// Rows that test in this fold, and those that it may learn from.
struct fold_parts {
  std::vector<uint32_t> test;
  std::vector<uint32_t> rest;
};

fold_parts parts_of(std::span<const int32_t> labels,
                    uint32_t folds,
                    uint32_t fold,
                    uint64_t seed,
                    split_kind kind) {
  fold_parts parts;
  if (kind == split_kind::time) {
    auto block = labels.size() / (folds + 1);
    auto begin = labels.size() - block * (folds - fold);
    parts.rest = first_rows(begin);
    for (auto row = begin; row < begin + block; ++row)
      parts.test.push_back(static_cast<uint32_t>(row));
    return parts;
  }
  auto of = fold_of_rows(labels, folds, seed, kind);
  for (uint32_t row = 0; row < of.size(); ++row)
    (of[row] == fold ? parts.test : parts.rest).push_back(row);
  return parts;
}

} // namespace

std::string to_string(split_kind kind) {
  return kind_names.at(static_cast<size_t>(kind));
}

split_kind split_kind_from(const std::string& text) {
  for (size_t i = 0; i < kind_names.size(); ++i)
    if (text == kind_names[i])
      return static_cast<split_kind>(i);
  throw std::invalid_argument("split: '" + text
                              + "' is none of stratified, random, time");
}

row_split split_rows(std::span<const int32_t> labels,
                     double test_fraction,
                     double validation_fraction,
                     uint64_t seed,
                     split_kind kind) {
  check_fractions(test_fraction, validation_fraction);
  check_rows(labels.size());
  return divide(labels, first_rows(labels.size()), test_fraction,
                validation_fraction, seed, kind);
}

row_split split_rows(std::span<const int32_t> labels,
                     double test_fraction,
                     double validation_fraction,
                     uint64_t seed) {
  return split_rows(labels, test_fraction, validation_fraction, seed,
                    split_kind::stratified);
}

row_split split_rows(size_t rows,
                     double test_fraction,
                     double validation_fraction,
                     uint64_t seed) {
  return split_rows(std::vector<int32_t>(rows, 0), test_fraction,
                    validation_fraction, seed);
}

row_split fold_rows(std::span<const int32_t> labels,
                    uint32_t folds,
                    uint32_t fold,
                    double validation_share,
                    uint64_t seed,
                    split_kind kind) {
  check_fractions(0, validation_share);
  check_rows(labels.size());
  auto most = labels.size() - (kind == split_kind::time);
  if (folds < 2 || folds > most || fold >= folds)
    throw std::invalid_argument(
      "folds: " + std::to_string(folds) + " of " + std::to_string(labels.size())
      + " rows; expected 2 to " + std::to_string(most));
  auto parts = parts_of(labels, folds, fold, seed, kind);
  auto result = divide(labels, parts.rest, 0, validation_share, seed, kind);
  result.test = std::move(parts.test);
  return result;
}

} // namespace models
