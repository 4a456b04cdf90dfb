#include <models/core/random.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <set>
#include <stdexcept>
#include <vector>

using namespace models;

namespace {

std::vector<uint32_t> order(const permutation& p) {
  std::vector<uint32_t> result(p.size());
  for (uint32_t i = 0; i < p.size(); ++i)
    result[i] = p(i);
  return result;
}

struct moments {
  double mean = 0;
  double variance = 0;
};

moments moments_of(const std::vector<float>& xs) {
  moments m;
  for (auto x : xs)
    m.mean += x;
  m.mean /= static_cast<double>(xs.size());
  for (auto x : xs)
    m.variance += (x - m.mean) * (x - m.mean);
  m.variance /= static_cast<double>(xs.size());
  return m;
}

} // namespace

BOOST_AUTO_TEST_SUITE(random_numbers)

// Known answers of Random123 1.09, file kat_vectors, philox4x32 10.
BOOST_AUTO_TEST_CASE(philox_gives_the_known_answers_of_random123) {
  constexpr uint32_t ones = 0xffffffff;
  BOOST_TEST((philox({0, 0}, {0, 0, 0, 0})
              == philox_block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  BOOST_TEST((philox({ones, ones}, {ones, ones, ones, ones})
              == philox_block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  BOOST_TEST((philox({0xa4093822, 0x299f31d0},
                     {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344})
              == philox_block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

BOOST_AUTO_TEST_CASE(keys_differ_by_seed_and_by_stream) {
  BOOST_TEST((make_key(1, 0) == make_key(1, 0)));
  BOOST_TEST(!(make_key(1, 0) == make_key(1, 1)));
  BOOST_TEST(!(make_key(1, 0) == make_key(2, 0)));
  BOOST_TEST(!(make_key(1, 0) == make_key(uint64_t{1} << 32, 0)));
}

BOOST_AUTO_TEST_CASE(uniform_stays_within_its_interval) {
  BOOST_TEST(to_uniform(0) == 0.f);
  BOOST_TEST(to_uniform(0xffffffff) < 1.f);
  BOOST_TEST(to_uniform_positive(0) > 0.f);
  BOOST_TEST(to_uniform_positive(0xffffffff) == 1.f);
}

BOOST_AUTO_TEST_CASE(uniform_has_the_moments_of_its_distribution) {
  std::vector<float> xs(200'000);
  fill_uniform(xs, make_key(7, 0));
  auto [mean, variance] = moments_of(xs);
  BOOST_TEST(std::abs(mean - 0.5) < 0.003);
  BOOST_TEST(std::abs(variance - 1.0 / 12) < 0.001);
}

BOOST_AUTO_TEST_CASE(normal_has_the_moments_and_tails_of_its_distribution) {
  std::vector<float> xs(200'000);
  fill_normal(xs, make_key(7, 1));
  auto [mean, variance] = moments_of(xs);
  BOOST_TEST(std::abs(mean) < 0.01);
  BOOST_TEST(std::abs(variance - 1) < 0.02);
  auto inside = std::count_if(xs.begin(), xs.end(),
                              [](float x) { return std::abs(x) < 1.96f; });
  BOOST_TEST(std::abs(static_cast<double>(inside) / 200'000 - 0.95) < 0.003);
}

BOOST_AUTO_TEST_CASE(a_part_filled_alone_has_the_values_of_the_whole) {
  std::vector<float> whole(10);
  std::vector<float> part(6);
  fill_uniform(whole, make_key(3, 2), 5, 6, 7);
  fill_uniform(part, make_key(3, 2), 5, 6, 7);
  BOOST_TEST(std::vector<float>(whole.begin(), whole.begin() + 6) == part,
             boost::test_tools::per_element());
  BOOST_TEST(whole[4] == uniform4(make_key(3, 2), {1, 5, 6, 7})[0]);
}

BOOST_AUTO_TEST_CASE(every_permutation_visits_each_index_once) {
  for (uint32_t n : {1u, 2u, 3u, 4u, 5u, 7u, 8u, 9u, 31u, 100u, 1797u, 60000u,
                     65536u, 65537u, 100'000u})
    for (uint64_t epoch : {0, 1, 99}) {
      auto images = order(permutation(42, epoch, n));
      std::set<uint32_t> distinct(images.begin(), images.end());
      BOOST_TEST(distinct.size() == n);
      BOOST_TEST(*distinct.rbegin() == n - 1);
    }
}

BOOST_AUTO_TEST_CASE(the_largest_domain_maps_into_itself) {
  permutation p(1, 2, 0xffffffff);
  std::set<uint32_t> images;
  for (uint32_t i = 0; i < 1000; ++i)
    images.insert(p(i * 4'000'000u));
  BOOST_TEST(images.size() == 1000u);
}

BOOST_AUTO_TEST_CASE(the_order_depends_on_seed_and_epoch_only) {
  BOOST_TEST(order(permutation(1, 2, 50)) == order(permutation(1, 2, 50)),
             boost::test_tools::per_element());
  BOOST_TEST((order(permutation(1, 2, 50)) != order(permutation(1, 3, 50))));
  BOOST_TEST((order(permutation(1, 2, 50)) != order(permutation(2, 2, 50))));
}

// Chi-squared over 2000 epochs: where does element 0 of 10 go? 9 degrees of
// freedom, 99.9 % quantile 27.9. The seed is fixed, so this never flickers.
BOOST_AUTO_TEST_CASE(an_element_lands_everywhere_equally_often) {
  for (uint32_t element : {0u, 4u, 9u}) {
    std::array<int, 10> counts{};
    for (uint64_t epoch = 0; epoch < 2000; ++epoch)
      ++counts[permutation(11, epoch, 10)(element)];
    double chi2 = 0;
    for (auto c : counts)
      chi2 += (c - 200.0) * (c - 200.0) / 200.0;
    BOOST_TEST(chi2 < 27.9);
  }
}

BOOST_AUTO_TEST_CASE(small_domains_reach_every_order) {
  std::set<std::vector<uint32_t>> orders;
  for (uint64_t epoch = 0; epoch < 1000; ++epoch)
    orders.insert(order(permutation(5, epoch, 4)));
  BOOST_TEST(orders.size() == 24u);
}

BOOST_AUTO_TEST_CASE(neighbours_do_not_stay_neighbours) {
  permutation p(3, 1, 10'000);
  int close = 0;
  for (uint32_t i = 0; i + 1 < p.size(); ++i)
    close += std::abs(static_cast<int>(p(i)) - static_cast<int>(p(i + 1))) < 10;
  BOOST_TEST(close < 40); // 18 expected
}

BOOST_AUTO_TEST_CASE(an_empty_domain_is_refused) {
  BOOST_CHECK_THROW(permutation(1, 1, 0), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
