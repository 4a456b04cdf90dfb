// Reference values: tests/models/reference/clustering.py.

#include <models/clustering/kmeans.hpp>
#include <models/metrics/clustering.hpp>

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <set>
#include <tests/models/clustering/support.hpp>

using namespace models;
using namespace clustering_test;

namespace {

bool same(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size()
         && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

bool same(const kmeans_model& a, const kmeans_model& b) {
  return same(a.centres(), b.centres()) && a.labels == b.labels
         && a.inertia == b.inertia && a.iterations == b.iterations;
}

kmeans_config three_starts(uint32_t clusters) {
  kmeans_config c;
  c.clusters = clusters;
  c.starts = 3;
  c.seed = 7;
  return c;
}

kmeans_model ended(const kmeans_algorithm& a) {
  return a.result();
}

} // namespace

BOOST_AUTO_TEST_SUITE(kmeans_fit)

BOOST_AUTO_TEST_CASE(finds_what_scikit_learn_finds) {
  auto digits = shipped("digits.csv");
  rows_view x(digits.features, digits.inputs);
  kmeans_config config;
  config.clusters = 10;
  config.starts = 50;
  config.tolerance = 0;
  auto model = kmeans{config}.fit(x, 2);
  BOOST_TEST(model.inertia < 1165175.15 * 1.0005);
  BOOST_TEST(adjusted_rand_index(digits.labels, model.labels) > 0.64);
  auto cancer = shipped("breast_cancer.csv");
  config.clusters = 2;
  config.starts = 10;
  auto two = kmeans{config}.fit({cancer.features, cancer.inputs});
  BOOST_TEST(two.inertia == 77943099.8782988,
             boost::test_tools::tolerance(1e-6));
  BOOST_TEST(adjusted_rand_index(cancer.labels, two.labels)
               == 0.49142453622455523,
             boost::test_tools::tolerance(1e-9));
  BOOST_TEST(two.trials.at(0).silhouette == 0.6972646156059464,
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(bounds_spare_distances_but_no_bit) {
  for (size_t columns : {2, 19, 32, 70}) {
    auto x = clouds(1500, columns, 12);
    for (uint32_t clusters : {1u, 2u, 12u, 40u}) {
      auto config = three_starts(clusters);
      config.method = kmeans_method::lloyd;
      auto slow = kmeans{config}.fit(x);
      config.method = kmeans_method::hamerly;
      BOOST_TEST(same(kmeans{config}.fit(x), slow));
    }
  }
}

BOOST_AUTO_TEST_CASE(threads_change_no_bit) {
  auto x = clouds(3000, 11, 6);
  auto config = three_starts(6);
  auto alone = kmeans{config}.fit(x, 1);
  for (uint32_t threads : {2u, 3u, 7u})
    BOOST_TEST(same(kmeans{config}.fit(x, threads), alone));
  config.batch = 200;
  alone = kmeans{config}.fit(x, 1);
  BOOST_TEST(same(kmeans{config}.fit(x, 4), alone));
}

BOOST_AUTO_TEST_CASE(killed_workers_change_no_bit) {
  auto x = clouds(2000, 9, 6);
  auto config = three_starts(6);
  config.silhouette_rows = 300;
  auto undisturbed = kmeans{config}.fit(x);
  int deaths = 0;
  for (uint64_t seed = 1; seed <= 8; ++seed)
    BOOST_TEST_CONTEXT("seed " << seed) {
      kmeans_algorithm algorithm(config, x);
      deaths += run_with_deaths(algorithm, seed);
      BOOST_TEST(same(algorithm.result(), undisturbed));
    }
  BOOST_TEST(deaths > 0); // how many, depends on the machine
}

BOOST_AUTO_TEST_CASE(one_that_goes_on_elsewhere_comes_to_the_same_bits) {
  auto x = clouds(2000, 9, 6);
  for (uint32_t batch : {0u, 128u}) {
    auto config = three_starts(5);
    config.max_clusters = 7;
    config.batch = batch;
    auto undisturbed = kmeans{config}.fit(x);
    for (int rounds : {0, 1, 4, 6, 9, 14, 30, 45, 80, 1000}) {
      kmeans_algorithm first(config, x), second(config, x);
      hand_over(first, second, rounds);
      BOOST_TEST(same(ended(second), undisturbed));
    }
  }
}

BOOST_AUTO_TEST_CASE(several_numbers_of_clusters_are_tried_and_one_is_chosen) {
  auto x = clouds(600, 8, 4);
  for (auto choice : {cluster_choice::silhouette, cluster_choice::elbow}) {
    auto config = three_starts(2);
    config.max_clusters = 8;
    config.choose = choice;
    auto model = kmeans{config}.fit(x);
    BOOST_TEST(model.clusters() == 4);
    BOOST_TEST(model.trials.size() == 7);
    BOOST_TEST(model.trials[1].inertia < model.trials[0].inertia);
  }
}

BOOST_AUTO_TEST_CASE(mini_batches_come_close_to_all_rows) {
  auto x = clouds(5000, 8, 5);
  auto config = three_starts(5);
  auto whole = kmeans{config}.fit(x);
  config.batch = 256;
  auto parts = kmeans{config}.fit(x);
  BOOST_TEST(parts.inertia < whole.inertia * 1.02);
}

BOOST_AUTO_TEST_CASE(no_cluster_is_empty_unless_rows_are_alike) {
  // Random rows as centres: three of them are the same point.
  row_matrix x(40, 2);
  for (int i = 0; i < 40; ++i)
    x.row(i) << (i < 34 ? 0.f : static_cast<float>(i)), 0.f;
  auto config = three_starts(5);
  config.start = kmeans_start::random;
  BOOST_TEST(kmeans{config}.fit(x).unused == 0);
  x.setConstant(2.5f);
  auto model = kmeans{config}.fit(x);
  BOOST_TEST(model.unused == 4);
  BOOST_TEST(model.inertia == 0);
  for (auto c : model.centres())
    BOOST_TEST(c == 2.5f);
}

BOOST_AUTO_TEST_CASE(new_rows_go_to_the_nearest_centre) {
  auto x = clouds(400, 3, 3);
  auto model = kmeans{three_starts(3)}.fit(x);
  BOOST_TEST(model.predict(x) == model.labels,
             boost::test_tools::per_element());
  std::vector<float> distances(3 * 3);
  model.transform({model.centres(), 3}, distances);
  for (size_t i = 0; i < 3; ++i)
    BOOST_TEST(distances[i * 3 + i] == 0);
  BOOST_CHECK_THROW(model.predict(clouds(2, 4, 1)), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(bad_requests_are_refused) {
  auto x = clouds(10, 3, 3);
  auto refused = [&](auto change) {
    auto config = three_starts(3);
    change(config);
    BOOST_CHECK_THROW(kmeans{config}.fit(x), std::invalid_argument);
  };
  refused([](auto& c) { c.clusters = 0; });
  refused([](auto& c) { c.clusters = 11; });
  refused([](auto& c) { c.starts = 0; });
  refused([](auto& c) { c.iterations = 0; });
  refused([](auto& c) { c.tolerance = -1; });
  refused([](auto& c) { c.shards = 0; });
  refused([](auto& c) { c.max_clusters = 2; });
  refused([](auto& c) { c.silhouette_rows = 1; });
  x(4, 1) = std::numeric_limits<float>::quiet_NaN();
  refused([](auto&) {});
  BOOST_CHECK_THROW(kmeans{three_starts(3)}.fit(rows_view{}),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
