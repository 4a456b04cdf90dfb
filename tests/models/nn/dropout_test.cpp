#include <models/nn/dropout.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

using namespace models;

namespace {

std::vector<float> mask(
  float rate, const dropout_key& key, uint32_t row, uint32_t layer, size_t n) {
  std::vector<float> a(n, 1.0f), b(n, 2.0f);
  apply_dropout(rate, key, row, layer, a, b);
  for (size_t i = 0; i < n; ++i)
    BOOST_REQUIRE_EQUAL(b[i], 2 * a[i]);
  return a;
}

} // namespace

BOOST_AUTO_TEST_SUITE(dropout)

BOOST_AUTO_TEST_CASE(leaves_out_the_wanted_share_and_keeps_the_mean) {
  auto key = make_dropout_key(1, 0, 0);
  for (auto rate : {0.1f, 0.5f, 0.8f}) {
    size_t left_out = 0;
    for (uint32_t row = 0; row < 100; ++row)
      for (auto x : mask(rate, key, row, 0, 1024)) {
        left_out += x == 0;
        BOOST_REQUIRE((x == 0 || std::abs(x * (1 - rate) - 1) < 1e-3f));
      }
    // 102400 draws: a standard deviation is at most 0.0016
    auto share = static_cast<float>(left_out) / 102400;
    BOOST_TEST(std::abs(share - rate) < 0.007f);
  }
}

BOOST_AUTO_TEST_CASE(depends_on_every_part_of_the_place) {
  auto key = make_dropout_key(1, 2, 3);
  auto expected = mask(0.5f, key, 4, 1, 128);
  BOOST_TEST((expected == mask(0.5f, make_dropout_key(1, 2, 3), 4, 1, 128)));
  BOOST_TEST((expected != mask(0.5f, make_dropout_key(2, 2, 3), 4, 1, 128)));
  BOOST_TEST((expected != mask(0.5f, make_dropout_key(1, 3, 3), 4, 1, 128)));
  BOOST_TEST((expected != mask(0.5f, make_dropout_key(1, 2, 4), 4, 1, 128)));
  BOOST_TEST((expected != mask(0.5f, key, 5, 1, 128)));
  BOOST_TEST((expected != mask(0.5f, key, 4, 2, 128)));
}

BOOST_AUTO_TEST_CASE(draws_half_words_of_the_counter_based_generator) {
  auto key = make_dropout_key(9, 8, 7);
  auto drawn = mask(0.5f, key, 6, 5, 192);
  for (uint32_t unit = 0; unit < 192; ++unit) {
    auto half = unit % 64 / 8;
    auto block =
      philox(key.key, {5u << 24 | (unit / 64 * 8 + unit % 8), 6, 7, 8});
    auto bits = block[half / 2] >> (half % 2 * 16) & 0xFFFF;
    BOOST_REQUIRE_EQUAL(drawn[unit] == 0, bits < 32768);
  }
}

BOOST_AUTO_TEST_SUITE_END()
