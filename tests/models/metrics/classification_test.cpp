#include <models/metrics/classification.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <vector>

using namespace models;

namespace {

// The values come from reference.py, by scikit-learn 1.2.1.
const std::vector<int32_t> truth{0, 0, 0, 0, 1, 1, 1, 2, 2, 4};
const std::vector<int32_t> predicted{0, 0, 1, 3, 1, 1, 0, 2, 0, 0};
const std::vector<float> probabilities{
  0.5f,   0.2f,   0.1f,   0.1f,    0.1f,    //
  0.9f,   0.025f, 0.025f, 0.025f,  0.025f,  //
  0.25f,  0.5f,   0.125f, 0.0625f, 0.0625f, //
  0.125f, 0.125f, 0.125f, 0.5f,    0.125f,  //
  0.f,    1.f,    0.f,    0.f,     0.f,     //
  0.1f,   0.6f,   0.1f,   0.1f,    0.1f,    //
  0.7f,   0.3f,   0.f,    0.f,     0.f,     //
  0.2f,   0.2f,   0.4f,   0.1f,    0.1f,    //
  1.f,    0.f,    0.f,    0.f,     0.f,     //
  0.6f,   0.1f,   0.1f,   0.1f,    0.1f};

void check(const class_scores& s, double precision, double recall, double f1) {
  BOOST_TEST(s.precision == precision, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(s.recall == recall, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(s.f1 == f1, boost::test_tools::tolerance(1e-12));
}

} // namespace

BOOST_AUTO_TEST_SUITE(classification)

BOOST_AUTO_TEST_CASE(the_confusion_matrix_has_truth_in_rows) {
  auto m = confusion(truth, predicted, 5);
  std::vector<std::vector<uint64_t>> expected{{2, 1, 0, 1, 0},
                                              {1, 2, 0, 0, 0},
                                              {1, 0, 1, 0, 0},
                                              {0, 0, 0, 0, 0},
                                              {1, 0, 0, 0, 0}};
  BOOST_TEST((m.counts == expected));
}

BOOST_AUTO_TEST_CASE(accuracies_are_those_of_scikit_learn) {
  auto m = confusion(truth, predicted, 5);
  BOOST_TEST(accuracy(m) == 0.5);
  BOOST_TEST(balanced_accuracy(m) == 0.41666666666666663,
             boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(averages_are_those_of_scikit_learn) {
  auto m = confusion(truth, predicted, 5);
  check(scores(m), 0.4133333333333333, 0.3333333333333333, 0.3555555555555555);
  check(scores(m, averaging::micro), 0.5, 0.5, 0.5);
  check(scores(m, averaging::weighted), 0.5599999999999999, 0.5,
        0.5111111111111111);
}

BOOST_AUTO_TEST_CASE(scores_of_a_class_are_those_of_scikit_learn) {
  auto m = confusion(truth, predicted, 5);
  check(scores_of(m, 0), 0.4, 0.5, 0.4444444444444445);
  check(scores_of(m, 2), 1.0, 0.5, 0.6666666666666666);
  check(scores_of(m, 3), 0, 0, 0); // 0 / 0 is 0
  check(scores_of(m, 4), 0, 0, 0);
}

BOOST_AUTO_TEST_CASE(a_class_that_does_not_occur_does_not_count) {
  auto five = scores(confusion(truth, predicted, 5));
  auto nine = scores(confusion(truth, predicted, 9));
  check(nine, five.precision, five.recall, five.f1);
}

BOOST_AUTO_TEST_CASE(log_loss_is_that_of_scikit_learn) {
  BOOST_TEST(log_loss(truth, probabilities, 5) == 2.5140304269799643,
             boost::test_tools::tolerance(1e-7));
}

BOOST_AUTO_TEST_CASE(the_report_holds_all_of_it) {
  auto r = evaluate(truth, probabilities, 5);
  BOOST_TEST(most_probable(probabilities, 5) == predicted,
             boost::test_tools::per_element());
  BOOST_TEST(r.rows == 10u);
  BOOST_TEST(r.accuracy == 0.5);
  BOOST_TEST(r.macro.f1 == 0.3555555555555555,
             boost::test_tools::tolerance(1e-12));
  BOOST_TEST(r.confusion.counts[0][3] == 1u);
  BOOST_TEST(r.loss > 2.5);
}

BOOST_AUTO_TEST_CASE(parts_add_up_to_the_whole) {
  auto split = [](const std::vector<int32_t>& v, size_t from, size_t to) {
    return std::vector<int32_t>(v.begin() + static_cast<long>(from),
                                v.begin() + static_cast<long>(to));
  };
  auto sum = confusion(split(truth, 0, 4), split(predicted, 0, 4), 5);
  sum.add(confusion(split(truth, 4, 10), split(predicted, 4, 10), 5));
  BOOST_TEST((sum.counts == confusion(truth, predicted, 5).counts));
  BOOST_CHECK_THROW(sum.add(confusion({}, {}, 4)), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(no_rows_score_zero) {
  auto m = confusion({}, {}, 3);
  BOOST_TEST(accuracy(m) == 0);
  BOOST_TEST(balanced_accuracy(m) == 0);
  check(scores(m), 0, 0, 0);
}

BOOST_AUTO_TEST_CASE(wrong_sizes_and_classes_are_refused) {
  std::vector<int32_t> two{0, 1};
  std::vector<int32_t> bad{0, 5};
  std::vector<float> half{0.5f, 0.5f, 0.5f};
  BOOST_CHECK_THROW(confusion(truth, two, 5), std::invalid_argument);
  BOOST_CHECK_THROW(confusion(two, bad, 2), std::invalid_argument);
  BOOST_CHECK_THROW(log_loss(two, half, 2), std::invalid_argument);
  BOOST_CHECK_THROW(log_loss({}, {}, 2), std::invalid_argument);
  BOOST_CHECK_THROW(most_probable(half, 0), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
