// Reference values: tests/models/reference/pca.py.

#include <models/projection/pca_rounds.hpp>

#include <boost/test/unit_test.hpp>

#include <tests/models/clustering/support.hpp>

using namespace models;
using namespace clustering_test;

namespace {

pca found(const rows_view& x,
          size_t components,
          double share,
          uint32_t threads) {
  pca_algorithm algorithm(x, components, share);
  run_rounds(algorithm, threads);
  return algorithm.result();
}

} // namespace

BOOST_AUTO_TEST_SUITE(pca_rounds)

BOOST_AUTO_TEST_CASE(finds_what_one_pass_finds_with_any_number_of_threads) {
  auto digits = shipped("digits.csv");
  rows_view x(digits.features, digits.inputs);
  auto whole = fit_pca(digits.features, digits.inputs, 5);
  auto alone = found(x, 5, 1, 1);
  for (size_t i = 0; i < 5; ++i)
    BOOST_TEST(alone.variance[i] == whole.variance[i],
               boost::test_tools::tolerance(1e-9));
  for (size_t i = 0; i < 5 * digits.inputs; ++i)
    BOOST_TEST(std::abs(alone.components[i] - whole.components[i]) < 1e-9);
  for (uint32_t threads : {2u, 5u})
    BOOST_TEST((found(x, 5, 1, threads).components == alone.components));
}

BOOST_AUTO_TEST_CASE(killed_workers_change_no_bit) {
  auto x = clouds(3000, 12, 4);
  auto undisturbed = found(x, 4, 1, 1);
  int deaths = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed)
    BOOST_TEST_CONTEXT("seed " << seed) {
      pca_algorithm algorithm(x, 4, 1);
      deaths += run_with_deaths(algorithm, seed);
      BOOST_TEST((algorithm.result().components == undisturbed.components));
    }
  BOOST_TEST(deaths > 0);
}

BOOST_AUTO_TEST_CASE(takes_as_many_as_keep_a_share) {
  auto digits = shipped("digits.csv");
  rows_view x(digits.features, digits.inputs);
  auto some = found(x, 0, 0.9, 1);
  BOOST_TEST(some.outputs == 21u);
  BOOST_TEST(some.kept() == 0.9031985012037212,
             boost::test_tools::tolerance(1e-6));
  BOOST_TEST(found(x, some.outputs - 1, 1, 1).kept() < 0.9);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_projected_is_refused) {
  auto x = clouds(4, 3, 2);
  BOOST_CHECK_THROW(pca_algorithm(x, 4, 1), std::invalid_argument);
  BOOST_CHECK_THROW(pca_algorithm(x, 1, 0), std::invalid_argument);
  BOOST_CHECK_THROW(pca_algorithm({x.data(), 1, 3}, 1, 1),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
