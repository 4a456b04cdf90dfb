// Reference values: tests/models/reference/clustering.py.

#include <models/metrics/clustering.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace models;
namespace tt = boost::test_tools;

namespace {

const std::vector<int32_t> a{0, 0, 0, 1, 1, 1, 2, 2, 2, 2};
const std::vector<int32_t> b{5, 5, 1, 1, 1, 1, 7, 7, 5, 7};
const std::vector<int32_t> one(10, 3);

row_matrix points() {
  row_matrix x(10, 2);
  x << 0, 0, 1, 0, 0, 2, 5, 5, 6, 5, 5, 7, 9, 0, 8, 1, 9, 2, 7, 0;
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(clustering_measures)

BOOST_AUTO_TEST_CASE(agreement_is_as_scikit_learn_measures_it) {
  BOOST_TEST(adjusted_rand_index(a, b) == 0.4318181818181818,
             tt::tolerance(1e-12));
  BOOST_TEST(normalized_mutual_information(a, b) == 0.6180656462921542,
             tt::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(names_of_clusters_do_not_matter) {
  auto renamed = a;
  for (auto& x : renamed)
    x = 9 - x;
  BOOST_TEST(adjusted_rand_index(a, renamed) == 1);
  BOOST_TEST(normalized_mutual_information(a, renamed) == 1,
             tt::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(one_cluster_agrees_with_one_class_and_with_no_more) {
  BOOST_TEST(adjusted_rand_index(one, one) == 1);
  BOOST_TEST(normalized_mutual_information(one, one) == 1);
  BOOST_TEST(adjusted_rand_index(a, one) == 0);
  BOOST_TEST(normalized_mutual_information(a, one) == 0);
  BOOST_CHECK_THROW(adjusted_rand_index(a, std::vector<int32_t>(9)),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(silhouettes_are_as_scikit_learn_measures_them) {
  auto x = points();
  BOOST_TEST(silhouette(x, a) == 0.7076997863260373, tt::tolerance(1e-6));
  std::vector<int32_t> alone{0, 0, 0, 1, 1, 1, 2, 2, 2, 3};
  BOOST_TEST(silhouette(x, alone) == 0.48225633850324084, tt::tolerance(1e-6));
  BOOST_CHECK_THROW(silhouette(x, one), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(rows_of_no_cluster_are_left_out_of_a_silhouette) {
  auto x = points();
  row_matrix more(11, 2);
  more << x, 100, 100;
  auto labels = a;
  labels.push_back(-1);
  BOOST_TEST(silhouette(more, labels) == silhouette(x, a));
}

BOOST_AUTO_TEST_CASE(inertia_is_the_sum_of_squared_distances) {
  std::vector<float> centres{0, 0, 5, 5, 9, 0};
  BOOST_TEST(inertia(points(), a, centres)
             == 0 + 1 + 4 + 0 + 1 + 4 + 0 + 2 + 4 + 4);
}

BOOST_AUTO_TEST_SUITE_END()
