#include <models/core/random.hpp>
#include <models/data/split.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace models {

namespace {

void check_fractions(double test, double validation) {
  auto valid = [](double f) { return f >= 0 && f < 1; }; // false for NaN
  if (!valid(test) || !valid(validation) || test + validation >= 1)
    throw std::invalid_argument(
      "split: test " + std::to_string(test) + " and validation "
      + std::to_string(validation)
      + ": expected 0 or more each, and less than 1 together");
}

std::vector<std::vector<uint32_t>>
rows_by_class(std::span<const int32_t> labels) {
  std::vector<std::vector<uint32_t>> classes;
  for (size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] < 0)
      throw std::invalid_argument("split: negative label in row "
                                  + std::to_string(row));
    auto c = static_cast<size_t>(labels[row]);
    if (c >= classes.size())
      classes.resize(c + 1);
    classes[c].push_back(static_cast<uint32_t>(row));
  }
  return classes;
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

} // namespace

row_split split_rows(std::span<const int32_t> labels,
                     double test_fraction,
                     double validation_fraction,
                     uint64_t seed) {
  check_fractions(test_fraction, validation_fraction);
  if (labels.empty() || labels.size() > std::numeric_limits<uint32_t>::max())
    throw std::invalid_argument("split: expected 1 to 2^32 - 1 rows, got "
                                + std::to_string(labels.size()));
  row_split result;
  share tests(test_fraction);
  share validations(validation_fraction);
  auto classes = rows_by_class(labels);
  for (size_t c = 0; c < classes.size(); ++c) {
    const auto& rows = classes[c];
    if (rows.empty())
      continue;
    auto test_count = std::min(tests.of(rows.size()), rows.size() - 1);
    auto validation_count =
      std::min(validations.of(rows.size()), rows.size() - 1 - test_count);
    permutation order(seed, c, static_cast<uint32_t>(rows.size()));
    for (uint32_t i = 0; i < rows.size(); ++i) {
      auto& part = i < test_count                      ? result.test
                   : i < test_count + validation_count ? result.validation
                                                       : result.train;
      part.push_back(rows[order(i)]);
    }
  }
  for (auto* part : {&result.train, &result.validation, &result.test})
    std::sort(part->begin(), part->end());
  return result;
}

row_split split_rows(size_t rows,
                     double test_fraction,
                     double validation_fraction,
                     uint64_t seed) {
  return split_rows(std::vector<int32_t>(rows, 0), test_fraction,
                    validation_fraction, seed);
}

} // namespace models
