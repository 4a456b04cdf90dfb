#include <models/data/simple_number.hpp>
#include <models/data/text.hpp>

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <random>
#include <string>

using namespace models;

namespace {

/// The text with bytes behind it that must not matter.
bool simple(std::string text, float& value) {
  auto size = text.size();
  text += "9.-9.9-.9.9.-99.9";
  return parse_simple({text.data(), size}, value);
}

bool same_bits(float a, float b) {
  return std::memcmp(&a, &b, sizeof(a)) == 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(simple_number)

BOOST_AUTO_TEST_CASE(what_is_read_fast_is_what_is_read_slowly) {
  constexpr uint64_t seed = 20261123;
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937_64 random(seed);
  const std::string alphabet = "0123456789012345678900099.-+eE ";
  size_t read = 0;
  for (int i = 0; i < 300000; ++i) {
    std::string text;
    auto letters = i % 3 == 0 ? alphabet.size() : 26;
    for (auto n = random() % 19; n > 0; --n)
      text += alphabet[random() % letters];
    float fast = 0;
    if (!simple(text, fast))
      continue;
    ++read;
    float slow = 0;
    BOOST_REQUIRE_MESSAGE(parse_number(text, slow) == number_form::number,
                          text << " is no number");
    BOOST_REQUIRE_MESSAGE(same_bits(fast, slow),
                          text << ": " << fast << ", not " << slow);
  }
  BOOST_TEST(read > 50000u);
}

BOOST_AUTO_TEST_CASE(the_usual_forms_are_read_fast) {
  float value = 0;
  for (auto text : {"0", "-0", "7", "-12.5", "0.000001", "123456789012345",
                    "-1.23456789012345", "5.", ".5"})
    BOOST_TEST(simple(text, value), text);
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_left_to_others) {
  float value = 0;
  for (auto text : {"", "-", ".", "-.", "--1", "1-", "1.2.3", "1e5", "+1", "1 ",
                    "abc", "1234567890123456", "12345678901234567890"})
    BOOST_TEST(!simple(text, value), text);
}

BOOST_AUTO_TEST_SUITE_END()
