#include <models/data/csv_reader.hpp>
#include <models/data/pipeline.hpp>
#include <models/data/split.hpp>
#include <models/estimators/mlp_classifier.hpp>

#include <boost/test/unit_test.hpp>

#include <numeric>

using models::mlp_classifier;

namespace {

models::training_config small() {
  return {.net = {.hidden = {16}}, .epochs = 60, .seed = 3};
}

struct two_parts {
  models::dataset train, test;

  two_parts() {
    std::string path = LEPTON_SOURCE_DIR "/models/data/breast_cancer.csv";
    auto table = models::read_csv(models::file_source(path), {.path = path});
    auto split = models::split_rows(table.labels, 0.3, 0, 1);
    auto scale =
      models::fit_pipeline(table, split.train, models::scaling::standard);
    train = scale.transform(table, split.train);
    test = scale.transform(table, split.test);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(mlp_classifier_rules, two_parts)

// scikit-learn's MLPClassifier of the same shape reaches 0.96 to 0.98 here.
BOOST_AUTO_TEST_CASE(it_learns_and_names_its_classes) {
  mlp_classifier model(small());
  BOOST_TEST(!model.fitted());
  BOOST_TEST(model.fit(train).score(test) > 0.94);
  BOOST_TEST(model.classes() == train.classes,
             boost::test_tools::per_element());
  BOOST_TEST(!model.history().empty());
}

BOOST_AUTO_TEST_CASE(probabilities_of_a_row_sum_up_to_one) {
  mlp_classifier model(small());
  model.fit(train);
  auto p = model.predict_proba(test.features);
  auto labels = model.predict(test.features);
  BOOST_REQUIRE(p.size() == test.rows * 2);
  for (size_t row = 0; row < test.rows; ++row) {
    BOOST_TEST(std::abs(p[2 * row] + p[2 * row + 1] - 1) < 1e-5);
    BOOST_TEST(labels[row] == (p[2 * row + 1] > p[2 * row] ? 1 : 0));
  }
}

BOOST_AUTO_TEST_CASE(threads_and_names_do_not_change_the_bits) {
  mlp_classifier one(small()), two(small(), 0.1, 2);
  one.fit(train);
  two.fit(train.features, train.labels);
  BOOST_TEST(one.weights() == two.weights(), boost::test_tools::per_element());
  BOOST_TEST(two.classes().back() == "1");
}

BOOST_AUTO_TEST_CASE(wrong_calls_are_refused_by_name) {
  auto bad = small();
  bad.batch = 0;
  BOOST_CHECK_THROW(mlp_classifier{bad}, std::invalid_argument);
  BOOST_CHECK_THROW((mlp_classifier{small(), 1.0}), std::invalid_argument);
  BOOST_CHECK_THROW((mlp_classifier{small(), 0.1, 0}), std::invalid_argument);
  mlp_classifier model(small());
  BOOST_CHECK_THROW(model.predict(test.features), std::invalid_argument);
  std::vector<int32_t> labels{0, 1, -1};
  BOOST_CHECK_THROW(model.fit(std::vector<float>(6), labels),
                    std::invalid_argument);
  BOOST_CHECK_THROW(model.fit(std::vector<float>(7), labels),
                    std::invalid_argument);
  model.fit(train);
  BOOST_CHECK_THROW(model.predict(std::vector<float>(31)),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_training_that_diverges_says_at_which_step) {
  auto wild = small();
  wild.opt.rule = models::optimizer::sgd;
  wild.opt.rate = 100;
  auto features = train.features;
  for (auto& x : features)
    x *= 1e30F;
  try {
    mlp_classifier(wild).fit(features, train.labels);
    BOOST_TEST(false, "it did not diverge");
  } catch (const std::runtime_error& e) {
    BOOST_TEST(
      (std::string(e.what()).find("diverged at step") != std::string::npos));
  }
}

BOOST_AUTO_TEST_SUITE_END()
