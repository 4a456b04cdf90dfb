#include <models/data/split.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "support.hpp"

using namespace models;

namespace {

using labels_t = std::vector<int32_t>;

/// `counts[c]` rows of class c, interleaved.
labels_t labels_of(std::vector<size_t> counts) {
  labels_t labels;
  for (bool any = true; any;) {
    any = false;
    for (size_t c = 0; c < counts.size(); ++c)
      if (counts[c] > 0) {
        --counts[c];
        labels.push_back(static_cast<int32_t>(c));
        any = true;
      }
  }
  return labels;
}

size_t
count_of(const labels_t& labels, const std::vector<uint32_t>& rows, int32_t c) {
  return static_cast<size_t>(std::count_if(
    rows.begin(), rows.end(), [&](uint32_t row) { return labels[row] == c; }));
}

void check_partition(const row_split& s, size_t rows) {
  std::vector<uint32_t> all;
  for (const auto* part : {&s.train, &s.validation, &s.test}) {
    BOOST_TEST(std::is_sorted(part->begin(), part->end()));
    all.insert(all.end(), part->begin(), part->end());
  }
  std::sort(all.begin(), all.end());
  std::vector<uint32_t> expected(rows);
  std::iota(expected.begin(), expected.end(), 0u);
  BOOST_TEST(all == expected, boost::test_tools::per_element());
}

} // namespace

BOOST_AUTO_TEST_SUITE(splitting)

BOOST_AUTO_TEST_CASE(every_row_is_in_exactly_one_part) {
  for (size_t rows : {1u, 2u, 3u, 10u, 999u})
    for (double test : {0.0, 0.2, 0.5})
      for (double validation : {0.0, 0.1, 0.49})
        check_partition(
          split_rows(labels_of({rows, 3, 1}), test, validation, 7), rows + 4);
}

BOOST_AUTO_TEST_CASE(totals_and_classes_keep_their_shares) {
  auto labels = labels_of({500, 301, 99, 100});
  auto s = split_rows(labels, 0.2, 0.1, 1);
  BOOST_TEST(s.test.size() == 200u);
  BOOST_TEST(s.validation.size() == 100u);
  std::vector<double> sizes{500, 301, 99, 100};
  for (int32_t c = 0; c < 4; ++c) {
    auto size = sizes[static_cast<size_t>(c)];
    BOOST_TEST(
      std::abs(static_cast<double>(count_of(labels, s.test, c)) - 0.2 * size)
      <= 1);
    BOOST_TEST(std::abs(static_cast<double>(count_of(labels, s.validation, c))
                        - 0.1 * size)
               <= 1);
  }
}

BOOST_AUTO_TEST_CASE(every_class_is_in_train_however_rare) {
  auto labels = labels_of({1000, 2, 1, 3});
  for (uint64_t seed = 0; seed < 50; ++seed) {
    auto s = split_rows(labels, 0.6, 0.3, seed);
    for (int32_t c = 0; c < 4; ++c)
      BOOST_TEST(count_of(labels, s.train, c) >= 1u);
  }
}

BOOST_AUTO_TEST_CASE(the_split_depends_on_the_arguments_only) {
  auto labels = labels_of({50, 50});
  auto a = split_rows(labels, 0.2, 0.1, 3);
  auto b = split_rows(labels, 0.2, 0.1, 3);
  auto c = split_rows(labels, 0.2, 0.1, 4);
  BOOST_TEST(a.test == b.test, boost::test_tools::per_element());
  BOOST_TEST(a.validation == b.validation, boost::test_tools::per_element());
  BOOST_TEST((a.test != c.test));
}

// So that a seed keeps its meaning over releases.
BOOST_AUTO_TEST_CASE(a_seed_gives_the_rows_it_always_gave) {
  auto s = split_rows(labels_of({6, 6}), 0.25, 0.25, 42);
  BOOST_TEST(s.test == (std::vector<uint32_t>{0, 2, 5}),
             boost::test_tools::per_element());
  BOOST_TEST(s.validation == (std::vector<uint32_t>{8, 10, 11}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(rows_without_labels_are_one_class) {
  auto s = split_rows(size_t{10}, 0.3, 0, 5);
  BOOST_TEST(s.test.size() == 3u);
  check_partition(s, 10);
}

BOOST_AUTO_TEST_CASE(a_split_by_time_keeps_the_order) {
  auto s = split_rows(labels_t(20, 0), 0.25, 0.1, 5, split_kind::time);
  check_partition(s, 20);
  BOOST_TEST(s.test.size() == 5u);
  BOOST_TEST(s.validation.size() == 2u);
  BOOST_TEST(s.train.back() < s.validation.front());
  BOOST_TEST(s.validation.back() < s.test.front());
  BOOST_TEST(split_rows(labels_t{0}, 0.9, 0, 5, split_kind::time).train.size()
             == 1u);
}

BOOST_AUTO_TEST_CASE(a_random_split_has_exact_totals) {
  auto labels = labels_of({70, 20, 10});
  auto s = split_rows(labels, 0.2, 0.1, 5, split_kind::random);
  check_partition(s, 100);
  BOOST_TEST(s.test.size() == 20u);
  BOOST_TEST(s.validation.size() == 10u);
}

BOOST_AUTO_TEST_CASE(each_row_tests_in_one_fold) {
  auto labels = labels_of({41, 22, 7});
  for (auto kind : {split_kind::stratified, split_kind::random}) {
    std::vector<uint32_t> tested;
    for (uint32_t fold = 0; fold < 5; ++fold) {
      auto s = fold_rows(labels, 5, fold, 0.1, 3, kind);
      check_partition(s, 70);
      BOOST_TEST(s.test.size() == 14u);
      BOOST_TEST(std::abs(static_cast<double>(s.validation.size()) - 5.6) < 1);
      tested.insert(tested.end(), s.test.begin(), s.test.end());
      for (int32_t c = 0; c < 3 && kind == split_kind::stratified; ++c) {
        auto all =
          static_cast<double>(std::count(labels.begin(), labels.end(), c));
        auto here = static_cast<double>(count_of(labels, s.test, c));
        BOOST_TEST(std::abs(here - all / 5) < 1);
      }
    }
    std::sort(tested.begin(), tested.end());
    BOOST_TEST(
      (std::adjacent_find(tested.begin(), tested.end()) == tested.end()));
    BOOST_TEST(tested.size() == 70u);
  }
}

// As scikit-learn's TimeSeriesSplit(3) on 11 rows.
BOOST_AUTO_TEST_CASE(folds_by_time_learn_from_the_past_only) {
  labels_t labels(11, 0);
  for (uint32_t fold = 0; fold < 3; ++fold) {
    auto s = fold_rows(labels, 3, fold, 0, 1, split_kind::time);
    BOOST_TEST(s.train.size() == 5u + 2 * fold);
    BOOST_TEST(s.test.size() == 2u);
    BOOST_TEST(s.test.front() == s.train.size());
  }
}

BOOST_AUTO_TEST_CASE(folds_out_of_range_are_refused) {
  labels_t labels{0, 1, 0};
  for (auto [folds, fold] : {std::pair{0u, 0u}, {1u, 0u}, {4u, 0u}, {3u, 3u}})
    BOOST_CHECK_THROW(fold_rows(labels, folds, fold, 0, 1),
                      std::invalid_argument);
  BOOST_CHECK_THROW(fold_rows(labels, 3, 0, 0, 1, split_kind::time),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(fractions_out_of_range_are_refused) {
  labels_t labels{0, 1};
  for (auto [test, validation] :
       {std::pair{-0.1, 0.0}, {1.0, 0.0}, {0.5, 0.5}, {0.0, NAN}, {NAN, 0.0}})
    BOOST_CHECK_THROW(split_rows(labels, test, validation, 1),
                      std::invalid_argument);
  BOOST_CHECK_THROW(split_rows(labels_t{}, 0.1, 0, 1), std::invalid_argument);
  BOOST_CHECK_THROW(split_rows(labels_t{0, -1}, 0.1, 0, 1),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
