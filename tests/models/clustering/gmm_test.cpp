// Reference values: tests/models/reference/gmm.py.

#include <models/clustering/gmm.hpp>
#include <models/metrics/clustering.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <tests/models/clustering/support.hpp>

using namespace models;
using namespace clustering_test;

namespace {

using enum covariance_form;

/// The first columns of a shipped table.
struct some_columns {
  explicit some_columns(size_t columns) {
    auto all = shipped("breast_cancer.csv");
    for (size_t i = 0; i < all.rows; ++i)
      for (size_t f = 0; f < columns; ++f)
        values.push_back(all.features[i * all.inputs + f]);
    labels = all.labels;
    x = {values, columns};
  }

  std::vector<float> values;
  std::vector<int32_t> labels;
  rows_view x;
};

gmm_config of(uint32_t clusters, covariance_form form = full) {
  gmm_config c;
  c.clusters = clusters;
  c.form = form;
  c.seed = 3;
  return c;
}

bool same(const gmm_model& a, const gmm_model& b) {
  return a.weights() == b.weights() && a.means() == b.means()
         && a.covariances() == b.covariances() && a.iterations == b.iterations
         && a.log_likelihood == b.log_likelihood;
}

void check_near(double found, double expected, double tolerance = 1e-5) {
  BOOST_TEST(found == expected, boost::test_tools::tolerance(tolerance));
}

} // namespace

BOOST_AUTO_TEST_SUITE(gmm_fit)

BOOST_AUTO_TEST_CASE(finds_what_scikit_learn_finds) {
  struct {
    covariance_form form;
    double score, bic, ari;
    std::vector<double> weights, means, variances;
  } expected[]{
    {full,
     -11.452207707196665,
     13216.58490337947,
     0.6416512864735876,
     {0.6691052153315112, 0.3308947846684889},
     {12.13092572847647, 18.264594598791476, 78.09134868203284,
      460.3221072623341, 18.16416078413314, 21.36241897493812,
      120.03121978578743, 1048.3247158457195},
     {2.7087498139802584, 15.908346783082841, 120.35090132541659,
      14670.496905903237, 7.632602557288616, 17.21797863078224,
      360.9522153131016, 112604.40847520127}},
    {diagonal,
     -15.989428390674773,
     18303.81547596804,
     0.5898470718998013,
     {0.7100468892503518, 0.2899531107496482},
     {12.28076287641949, 18.365271647762082, 79.20244375793024,
      472.5793805416281, 18.649133479096655, 21.553293595605037,
      123.23228537265436, 1101.3352604184438},
     {2.9408640753776494, 16.13438210962892, 134.39836539899045,
      16455.66116612299, 6.757066605234061, 16.960568613712443,
      327.1168450995825, 105362.33423647562}},
  };

  some_columns table(4);
  for (auto& e : expected) {
    auto config = of(2, e.form);
    config.tolerance = 1e-9;
    config.iterations = 5000;
    config.starts = 5;
    auto model = gmm{config}.fit(table.x, 2);
    BOOST_TEST(model.converged);
    check_near(model.score(table.x), e.score, 1e-6);
    auto bic = static_cast<double>(model.freedom()) * std::log(569)
               - 2 * 569 * model.score(table.x);
    check_near(bic, e.bic, 1e-6);
    check_near(adjusted_rand_index(table.labels, model.predict(table.x)), e.ari,
               1e-9);
    size_t turned = model.means()[0] < model.means()[4] ? 0 : 1;
    for (size_t c = 0; c < 2; ++c) {
      auto own = c ^ turned;
      check_near(model.weights()[own], e.weights[c]);
      for (size_t f = 0; f < 4; ++f) {
        check_near(model.means()[own * 4 + f], e.means[c * 4 + f]);
        auto at = e.form == full ? own * 16 + f * 5 : own * 4 + f;
        check_near(model.covariances()[at], e.variances[c * 4 + f], 1e-4);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(one_distribution_has_the_mean_and_covariance_of_all) {
  auto x = clouds(500, 3, 4);
  auto model = gmm{of(1)}.fit(x);
  Eigen::MatrixXd all = x.cast<double>();
  Eigen::RowVectorXd mean = all.colwise().mean();
  all.rowwise() -= mean;
  Eigen::MatrixXd covariance = all.transpose() * all / 500;
  for (Eigen::Index i = 0; i < 3; ++i) {
    check_near(model.means()[static_cast<size_t>(i)], mean[i], 1e-9);
    for (Eigen::Index j = 0; j < 3; ++j)
      check_near(model.covariances()[static_cast<size_t>(3 * i + j)],
                 covariance(i, j) + (i == j ? 1e-6 : 0), 1e-9);
  }
}

BOOST_AUTO_TEST_CASE(no_step_makes_the_rows_less_likely) {
  auto x = clouds(900, 4, 5);
  for (auto form : {full, diagonal}) {
    auto before = -std::numeric_limits<double>::infinity();
    for (uint32_t iterations : {1u, 2u, 3u, 5u, 8u, 20u, 60u}) {
      auto config = of(5, form);
      config.tolerance = 0;
      config.floor = 0;
      config.iterations = iterations;
      auto now = gmm{config}.fit(x).score(x);
      BOOST_TEST(now >= before - 1e-12);
      before = now;
    }
  }
}

BOOST_AUTO_TEST_CASE(threads_change_no_bit) {
  auto x = clouds(3000, 7, 5);
  for (auto form : {full, diagonal}) {
    auto alone = gmm{of(5, form)}.fit(x, 1);
    for (uint32_t threads : {2u, 3u, 7u})
      BOOST_TEST(same(gmm{of(5, form)}.fit(x, threads), alone));
  }
}

BOOST_AUTO_TEST_CASE(killed_workers_change_no_bit) {
  auto x = clouds(2000, 5, 4);
  auto config = of(4);
  config.tolerance = 1e-5;
  auto undisturbed = gmm{config}.fit(x);
  int deaths = 0;
  for (uint64_t seed = 1; seed <= 6; ++seed)
    BOOST_TEST_CONTEXT("seed " << seed) {
      gmm_algorithm algorithm(config, x);
      deaths += run_with_deaths(algorithm, seed);
      BOOST_TEST(same(algorithm.result(), undisturbed));
    }
  BOOST_TEST(deaths > 0); // how many, depends on the machine
}

BOOST_AUTO_TEST_CASE(one_that_goes_on_elsewhere_comes_to_the_same_bits) {
  auto x = clouds(1500, 4, 4);
  for (auto form : {full, diagonal}) {
    auto config = of(4, form);
    config.starts = 3;
    config.iterations = 10;
    config.tolerance = 0;
    auto undisturbed = gmm{config}.fit(x);
    for (int rounds : {0, 1, 2, 7, 11, 12, 20, 22, 30, 1000}) {
      gmm_algorithm first(config, x), second(config, x);
      hand_over(first, second, rounds);
      BOOST_TEST(same(second.result(), undisturbed));
    }
  }
}

BOOST_AUTO_TEST_CASE(probabilities_of_a_row_sum_to_one_however_far_it_is) {
  auto model = gmm{of(3)}.fit(clouds(600, 2, 3));
  std::vector<float> far{0, 0, 1e6f, -1e6f, 3e30f, 0}, out(9);
  model.transform({far, 2}, out);
  for (size_t i = 0; i < 3; ++i)
    BOOST_TEST(out[3 * i] + out[3 * i + 1] + out[3 * i + 2] == 1,
               boost::test_tools::tolerance(1e-5f));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_fitted_is_refused) {
  auto x = clouds(50, 2, 2);
  BOOST_CHECK_THROW(gmm{of(0)}, std::invalid_argument);
  BOOST_CHECK_THROW(gmm{of(51)}.fit(x), std::invalid_argument);
  auto config = of(2);
  config.floor = -1;
  BOOST_CHECK_THROW(gmm{config}, std::invalid_argument);
  config.floor = 0; // and equal rows
  std::vector<float> equal(40, 2.0f);
  BOOST_CHECK_THROW(gmm{config}.fit({equal, 2}), std::runtime_error);
  BOOST_CHECK_THROW(gmm_model(full, {1}, {0, 0}, {1, 2, 2, 1}),
                    std::invalid_argument);
  BOOST_CHECK_THROW(gmm_model(diagonal, {1}, {0, 0}, {1, 0}),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
