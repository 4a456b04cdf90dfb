// Reference values: tests/models/reference/measures.py.

#include <models/metrics/probabilities.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace models;
namespace tt = boost::test_tools;

namespace {

const std::vector<uint8_t> y{0, 1, 1, 0, 1, 0, 0, 1, 1, 0};
const std::vector<float> p{0.125F, 0.875F, 0.5F, 0.5F,  0.25F,
                           0,      0.375F, 1,    0.75F, 0.5F};
const std::vector<int32_t> t{0, 1, 2, 2, 1, 0};
const std::vector<float> q{0.5F,   0.25F,  0.25F, 0.25F, 0.5F,  0.25F,
                           0.125F, 0.375F, 0.5F,  0.5F,  0.25F, 0.25F,
                           0.25F,  0.25F,  0.5F,  0.25F, 0.5F,  0.25F};

} // namespace

BOOST_AUTO_TEST_SUITE(probability_measures)

BOOST_AUTO_TEST_CASE(areas_are_as_scikit_learn_measures_them) {
  BOOST_TEST(roc_auc(y, p) == 0.84, tt::tolerance(1e-12));
  BOOST_TEST(roc_auc(t, q, 3) == 0.625, tt::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(the_area_of_two_classes_is_that_of_the_second) {
  std::vector<int32_t> truth(y.begin(), y.end());
  std::vector<float> both;
  for (auto x : p) {
    both.push_back(1 - x);
    both.push_back(x);
  }
  BOOST_TEST(roc_auc(truth, both, 2) == roc_auc(y, p));
}

BOOST_AUTO_TEST_CASE(brier_scores_are_as_scikit_learn_measures_them) {
  BOOST_TEST(brier_score(y, p) == 0.1546875, tt::tolerance(1e-12));
  BOOST_TEST(brier_score(t, q, 3) == 0.6302083333333334, tt::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(calibration_is_as_scikit_learn_measures_it) {
  auto curve = calibration_curve(y, p, 4);
  const std::vector<double> predicted{0.125, 0.46875, 0.75, 0.9375};
  const std::vector<double> observed{1 / 3.0, 0.25, 1, 1};
  BOOST_REQUIRE(curve.size() == 4);
  double error = 0;
  for (size_t i = 0; i < 4; ++i) {
    BOOST_TEST(curve[i].predicted == predicted[i], tt::tolerance(1e-12));
    BOOST_TEST(curve[i].observed == observed[i], tt::tolerance(1e-12));
    error += std::abs(predicted[i] - observed[i])
             * static_cast<double>(curve[i].rows) / 10;
  }
  BOOST_TEST(calibration_error(curve) == error, tt::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(a_report_has_them_all) {
  auto report = evaluate_probabilities(t, q, 3);
  BOOST_TEST(report.roc_auc.value() == 0.625, tt::tolerance(1e-12));
  BOOST_TEST(report.brier == 0.6302083333333334, tt::tolerance(1e-12));
  // Right with 0.5, 0.5, 0.5; wrong with 0.5, 0.5, 0.5: one bin.
  BOOST_TEST(report.calibration_error == 0, tt::tolerance(1e-12));
  std::vector<int32_t> truth(y.begin(), y.end());
  std::vector<float> both;
  for (auto x : p) {
    both.push_back(1 - x);
    both.push_back(x);
  }
  auto two = evaluate_probabilities(truth, both, 2);
  BOOST_TEST(two.brier == brier_score(y, p), tt::tolerance(1e-12));
  BOOST_TEST(two.calibration_error > 0);
}

BOOST_AUTO_TEST_CASE(there_is_no_area_without_a_row_of_each_class) {
  const std::vector<int32_t> truth{0, 1};
  auto report = evaluate_probabilities(truth, std::span{q}.first(6), 3);
  BOOST_TEST(!report.roc_auc.has_value());
  BOOST_TEST(report.brier > 0);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_measured_is_refused) {
  const std::vector<uint8_t> all(3, 1);
  const std::vector<float> some{0.1F, 0.2F, 0.3F};
  const std::vector<float> beyond{0.1F, 0.2F, 1.5F};
  BOOST_CHECK_THROW(roc_auc(all, some), std::invalid_argument);
  BOOST_CHECK_THROW(roc_auc(y, some), std::invalid_argument);
  BOOST_CHECK_THROW(brier_score({}, {}), std::invalid_argument);
  BOOST_CHECK_THROW(calibration_curve(all, some, 0), std::invalid_argument);
  BOOST_CHECK_THROW(calibration_curve(all, beyond), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
