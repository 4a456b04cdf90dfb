#include <models/metrics/regression.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <vector>

using namespace models;

namespace {

// The values come from tests/models/reference/regression.py.
const std::vector<float> truth{3, -0.5f, 2, 1, 7, 6, -1, 2};
const std::vector<float> predicted{2.5f, 0, 0, 2, 8, 5, -1, 1.5f};

/// Every second value.
std::vector<float> first_of(const std::vector<float>& all) {
  std::vector<float> result;
  for (size_t i = 0; i < all.size(); i += 2)
    result.push_back(all[i]);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(regression_measures)

BOOST_AUTO_TEST_CASE(of_numbers_are_those_of_scikit_learn) {
  auto two = evaluate_numbers(truth, predicted, 2);
  BOOST_TEST(two.rows == 4u);
  BOOST_CHECK_CLOSE(two.mae, 0.8125, 1e-6);
  BOOST_CHECK_CLOSE(two.rmse, 0.9681066693905274, 1e-6);
  BOOST_CHECK_CLOSE(two.r2, 0.8659389724491267, 1e-6);
  auto one = evaluate_numbers(first_of(truth), first_of(predicted), 1);
  BOOST_CHECK_CLOSE(one.mae, 0.875, 1e-6);
  BOOST_CHECK_CLOSE(one.rmse, 1.14564392373896, 1e-6);
  BOOST_CHECK_CLOSE(one.r2, 0.8396946564885497, 1e-6);
}

BOOST_AUTO_TEST_CASE(of_a_constant_truth_are_defined) {
  std::vector<float> same{2, 2}, other{2, 3};
  BOOST_TEST(evaluate_numbers(same, same, 1).r2 == 1);
  BOOST_TEST(evaluate_numbers(same, other, 1).r2 == 0);
}

BOOST_AUTO_TEST_CASE(of_flags_are_those_of_scikit_learn) {
  std::vector<float> flags{1, 0, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0};
  std::vector<float> sure{.9f, .2f, .4f, .1f, .8f, .6f, .7f, .3f,
                          .2f, .2f, .1f, .1f, .6f, .7f, .1f};
  auto report = evaluate_flags(flags, sure, 3);
  BOOST_TEST(report.rows == 5u);
  BOOST_CHECK_CLOSE(report.accuracy, 0.2, 1e-6);
  BOOST_CHECK_CLOSE(report.hamming, 0.26666666666666666, 1e-6);
  BOOST_CHECK_CLOSE(report.precision, 0.5, 1e-6);
  BOOST_CHECK_CLOSE(report.recall, 0.5, 1e-6);
  BOOST_CHECK_CLOSE(report.f1, 0.5, 1e-6);
}

BOOST_AUTO_TEST_CASE(of_other_sizes_are_refused) {
  std::vector<float> three(3);
  BOOST_CHECK_THROW(evaluate_numbers(truth, three, 1), std::invalid_argument);
  BOOST_CHECK_THROW(evaluate_numbers(three, three, 2), std::invalid_argument);
  BOOST_CHECK_THROW(evaluate_numbers({}, {}, 1), std::invalid_argument);
  BOOST_CHECK_THROW(evaluate_flags(three, three, 0), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
