// Reference values: tests/models/reference/hclust.py.

#include <models/clustering/hclust.hpp>
#include <models/metrics/clustering.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tests/models/clustering/support.hpp>

using namespace models;
using namespace clustering_test;

namespace {

using steps = std::vector<linkage_step>;
using enum linkage_method;

const std::vector<float> ten{0, 0, 1, 0, 0, 2.5,   5, 5, 6, 5.25,
                             5, 7, 9, 0, 8, 1.125, 9, 2, 7, 0.5};

hclust_config joined_by(linkage_method method, uint32_t clusters = 2) {
  hclust_config c;
  c.method = method;
  c.clusters = clusters;
  return c;
}

void check_same(const steps& found, const steps& expected) {
  BOOST_REQUIRE_EQUAL(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i)
    BOOST_TEST_CONTEXT("step " << i) {
      BOOST_TEST(found[i].a == expected[i].a);
      BOOST_TEST(found[i].b == expected[i].b);
      BOOST_TEST(found[i].rows == expected[i].rows);
      BOOST_TEST(found[i].height == expected[i].height,
                 boost::test_tools::tolerance(1e-6));
    }
}

double distance(const rows_view& x, size_t i, size_t j) {
  double sum = 0;
  for (size_t f = 0; f < x.columns; ++f) {
    auto d = double{x.row(i)[f]} - double{x.row(j)[f]};
    sum += d * d;
  }
  return std::sqrt(sum);
}

/// Heights by the definition: the two nearest clusters, again and again.
std::vector<double> heights_by_hand(const rows_view& x, linkage_method method) {
  std::vector<std::vector<size_t>> clusters;
  for (size_t i = 0; i < x.rows; ++i)
    clusters.push_back({i});
  auto between = [&](const auto& a, const auto& b) {
    double sum = 0, least = INFINITY, most = 0;
    for (auto i : a)
      for (auto j : b) {
        auto d = distance(x, i, j);
        sum += d;
        least = std::min(least, d);
        most = std::max(most, d);
      }
    return method == single ? least
           : method == complete
             ? most
             : sum / static_cast<double>(a.size() * b.size());
  };
  std::vector<double> heights;
  while (clusters.size() > 1) {
    size_t a = 0, b = 1;
    auto best = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < clusters.size(); ++i)
      for (size_t j = i + 1; j < clusters.size(); ++j)
        if (auto d = between(clusters[i], clusters[j]); d < best) {
          best = d;
          a = i;
          b = j;
        }
    heights.push_back(best);
    clusters[a].insert(clusters[a].end(), clusters[b].begin(),
                       clusters[b].end());
    clusters.erase(clusters.begin() + static_cast<long>(b));
  }
  return heights;
}

} // namespace

BOOST_AUTO_TEST_SUITE(hclust_fit)

BOOST_AUTO_TEST_CASE(gives_the_linkage_tables_of_scipy) {
  rows_view x(ten, 2);
  check_same(hclust{joined_by(single)}.fit(x).linkage,
             {{0, 1, 1.0, 2},
              {3, 4, 1.0307764064044151, 2},
              {7, 9, 1.1792476415070754, 2},
              {8, 12, 1.3287682265918312, 3},
              {6, 13, 1.505199322349037, 4},
              {5, 11, 2.0, 3},
              {2, 10, 2.5, 3},
              {14, 15, 4.422951503238533, 7},
              {16, 17, 5.5901699437494745, 10}});
  check_same(hclust{joined_by(complete)}.fit(x).linkage,
             {{0, 1, 1.0, 2},
              {3, 4, 1.0307764064044151, 2},
              {7, 9, 1.1792476415070754, 2},
              {6, 8, 2.0, 2},
              {5, 11, 2.0155644370746373, 3},
              {12, 13, 2.5, 4},
              {2, 10, 2.692582403567252, 3},
              {14, 15, 8.06225774829855, 7},
              {16, 17, 9.340770846134703, 10}});
  check_same(hclust{joined_by(average)}.fit(x).linkage,
             {{0, 1, 1.0, 2},
              {3, 4, 1.0307764064044151, 2},
              {7, 9, 1.1792476415070754, 2},
              {6, 12, 1.7833760675789336, 3},
              {8, 13, 1.9429227421972772, 4},
              {5, 11, 2.0077822185373186, 3},
              {2, 10, 2.596291201783626, 3},
              {14, 15, 5.749910725400832, 7},
              {16, 17, 7.652549807062215, 10}});
  check_same(hclust{joined_by(ward)}.fit(x).linkage,
             {{0, 1, 1.0, 2},
              {3, 4, 1.0307764064044151, 2},
              {7, 9, 1.1792476415070754, 2},
              {6, 12, 1.9698244422621356, 3},
              {8, 13, 2.165664832486012, 4},
              {5, 11, 2.2407216099581255, 3},
              {2, 10, 2.9439202887759484, 3},
              {14, 15, 10.469360767542227, 7},
              {16, 17, 14.35477873807352, 10}});
  auto manhattan = joined_by(average);
  manhattan.distance = row_distance::manhattan;
  check_same(hclust{manhattan}.fit(x).linkage,
             {{0, 1, 1.0, 2},
              {3, 4, 1.25, 2},
              {7, 9, 1.625, 2},
              {6, 8, 2.0, 2},
              {5, 11, 2.375, 3},
              {12, 13, 2.5, 4},
              {2, 10, 3.0, 3},
              {14, 15, 7.760416666666667, 7},
              {16, 17, 9.422619047619047, 10}});
}

BOOST_AUTO_TEST_CASE(agrees_with_scipy_on_a_real_table) {
  struct {
    linkage_method method;
    double heights, last, ari;
    std::vector<uint64_t> sizes;
  } expected[]{
    {single,
     19673.113348540897,
     1145.675425006842,
     0.009684632392295662,
     {1, 1, 2, 565}},
    {complete,
     50909.43658310476,
     4739.088809388722,
     0.464656379903046,
     {1, 19, 111, 438}},
    {average,
     35109.18592935306,
     2246.709995171115,
     0.5370801425343529,
     {1, 19, 133, 416}},
    {ward,
     94193.15971303637,
     18371.102924093226,
     0.38061719574130237,
     {11, 75, 217, 266}},
  };

  auto cancer = shipped("breast_cancer.csv");
  for (auto& e : expected) {
    auto model =
      hclust{joined_by(e.method, 4)}.fit({cancer.features, cancer.inputs});
    auto sum = std::accumulate(
      model.linkage.begin(), model.linkage.end(), 0.0,
      [](double s, const auto& step) { return s + step.height; });
    BOOST_TEST(sum == e.heights, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(model.linkage.back().height == e.last,
               boost::test_tools::tolerance(1e-6));
    BOOST_TEST(adjusted_rand_index(cancer.labels, model.labels) == e.ari,
               boost::test_tools::tolerance(1e-9));
    auto sizes = model.sizes();
    std::sort(sizes.begin(), sizes.end());
    BOOST_TEST(sizes == e.sizes, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(joins_the_nearest_clusters_by_their_definition) {
  for (size_t rows : {2, 3, 17, 65, 150}) {
    auto x = clouds(rows, 70, 5); // more columns than one partial sum
    for (auto method : {single, complete, average}) {
      auto model = hclust{joined_by(method, 1)}.fit(x);
      auto expected = heights_by_hand(x, method);
      std::sort(expected.begin(), expected.end());
      for (size_t i = 0; i < expected.size(); ++i)
        BOOST_TEST(model.linkage[i].height == expected[i],
                   boost::test_tools::tolerance(2e-6));
    }
  }
}

BOOST_AUTO_TEST_CASE(threads_change_no_bit) {
  auto x = clouds(700, 9, 6);
  for (auto method : {single, average, ward}) {
    auto alone = hclust{joined_by(method)}.fit(x, 1);
    for (uint32_t threads : {2u, 5u})
      BOOST_TEST(
        (hclust{joined_by(method)}.fit(x, threads).linkage == alone.linkage));
  }
}

BOOST_AUTO_TEST_CASE(killed_workers_change_no_bit) {
  auto x = clouds(1500, 9, 6);
  auto undisturbed = hclust{joined_by(ward)}.fit(x);
  int deaths = 0;
  for (uint64_t seed = 1; seed <= 8; ++seed)
    BOOST_TEST_CONTEXT("seed " << seed) {
      hclust_algorithm algorithm(joined_by(ward), x);
      deaths += run_with_deaths(algorithm, seed);
      BOOST_TEST((algorithm.result().linkage == undisturbed.linkage));
    }
  BOOST_TEST(deaths > 0);
}

BOOST_AUTO_TEST_CASE(one_that_goes_on_elsewhere_comes_to_the_same_bits) {
  auto x = clouds(1200, 5, 6);
  for (auto method : {single, complete, average, ward}) {
    auto config = joined_by(method, 7);
    config.merges_a_round = 100;
    auto undisturbed = hclust{joined_by(method, 7)}.fit(x);
    for (int rounds : {0, 1, 2, 5, 8, 12, 1000}) {
      hclust_algorithm first(config, x), second(config, x);
      hand_over(first, second, rounds);
      auto model = second.result();
      BOOST_TEST((model.linkage == undisturbed.linkage));
      BOOST_TEST(model.labels == undisturbed.labels,
                 boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(equal_rows_are_joined_at_no_height) {
  std::vector<float> x;
  for (int i = 0; i < 300; ++i)
    x.insert(x.end(), {static_cast<float>(i % 3) + 1000, 0.25f});
  for (auto method : {single, complete, average, ward}) {
    auto model = hclust{joined_by(method, 3)}.fit({x, 2});
    for (size_t i = 0; i < 297; ++i)
      BOOST_TEST(model.linkage[i].height == 0);
    BOOST_TEST(model.linkage[297].height > 0.9);
    for (size_t i = 0; i < 300; ++i)
      BOOST_TEST(model.labels[i] == static_cast<int32_t>(i % 3));
  }
}

BOOST_AUTO_TEST_CASE(the_tree_is_cut_by_number_or_height) {
  rows_view x(ten, 2);
  auto config = joined_by(average);
  config.height = 5;
  auto model = hclust{config}.fit(x);
  BOOST_TEST(model.clusters() == 3u);
  BOOST_TEST(model.labels
               == (std::vector<int32_t>{0, 0, 0, 1, 1, 1, 2, 2, 2, 2}),
             boost::test_tools::per_element());
  BOOST_TEST(hclust{joined_by(average, 3)}.fit(x).labels == model.labels,
             boost::test_tools::per_element());
  BOOST_TEST(hclust{joined_by(average, 10)}.fit(x).clusters() == 10u);
  config.height = 100;
  BOOST_TEST(hclust{config}.fit(x).clusters() == 1u);
}

BOOST_AUTO_TEST_CASE(new_rows_join_what_the_linkage_would_join_them_to) {
  // (0,0), (2,0) and (10,0), (10,4), (10,8); asked for (5,0)
  std::vector<float> x{0, 0, 2, 0, 10, 0, 10, 4, 10, 8}, asked{5, 0};

  struct {
    linkage_method method;
    double left, right;
  } expected[]{
    {single, 3, 5},
    {complete, 5, std::sqrt(25.0 + 64)},
    {average, 4, (5 + std::sqrt(25.0 + 16) + std::sqrt(25.0 + 64)) / 3},
    {ward, std::sqrt(4.0 / 3) * 4, std::sqrt(6.0 / 4) * std::sqrt(25.0 + 16)},
  };

  for (auto& e : expected) {
    auto model = hclust{joined_by(e.method)}.fit({x, 2});
    std::vector<float> out(2);
    model.transform({asked, 2}, out);
    BOOST_TEST(out[0] == e.left, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(out[1] == e.right, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(model.predict({asked, 2})[0] == 0);
  }
}

BOOST_AUTO_TEST_CASE(the_tree_is_drawn) {
  std::vector<float> x{0, 1, 5, 7, 20};
  auto model = hclust{joined_by(single, 2)}.fit({x, 1});
  std::vector<std::string> expected{
    "           row 1 ───┐",
    "                    ├────┐",
    "           row 2 ───┘    │",
    "                         ├───────────────┐",
    "           row 3 ─────┐  │               │",
    "                      ├──┘               ├─",
    "           row 4 ─────┘                  │",
    "                                         │",
    "           row 5 ────────────────────────┘",
    "                 0                       13",
  };
  auto lines = dendrogram(model.linkage, 16, 26);
  BOOST_TEST(lines == expected, boost::test_tools::per_element());
  auto part = dendrogram(model.linkage, 2, 26);
  BOOST_REQUIRE(part.size() == 4u);
  BOOST_TEST(part.front().find("4 rows") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_clustered_is_refused) {
  rows_view x(ten, 2);
  BOOST_CHECK_THROW(hclust{joined_by(ward, 0)}, std::invalid_argument);
  BOOST_CHECK_THROW(hclust{joined_by(ward, 11)}.fit(x), std::invalid_argument);
  auto config = joined_by(ward);
  config.distance = row_distance::manhattan;
  BOOST_CHECK_THROW(hclust{config}, std::invalid_argument);
  config = joined_by(single);
  config.height = -1;
  BOOST_CHECK_THROW(hclust{config}, std::invalid_argument);
  std::vector<float> far{-3e38f, 3e38f, 0}, bad{1, NAN};
  BOOST_CHECK_THROW(hclust{joined_by(single)}.fit({far, 1}),
                    std::invalid_argument);
  BOOST_CHECK_THROW(hclust{joined_by(single)}.fit({bad, 1}),
                    std::invalid_argument);
  BOOST_CHECK_THROW(hclust{joined_by(single, 1)}.fit({bad.data(), 1, 1}),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
