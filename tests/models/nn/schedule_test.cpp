#include <models/nn/schedule.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <stdexcept>
#include <vector>

using namespace models;

namespace {

/// The share in step `step` of 10 epochs of 100 steps.
double share(const schedule_config& c, uint64_t step, uint32_t drops = 0) {
  return static_cast<double>(rate_share(c, step, 100, 10, drops));
}

} // namespace

BOOST_AUTO_TEST_SUITE(schedules)

BOOST_AUTO_TEST_CASE(a_constant_rate_stays) {
  for (uint64_t step : {0, 500, 999})
    BOOST_TEST(share({}, step) == 1);
}

BOOST_AUTO_TEST_CASE(steps_fall_after_their_epochs) {
  schedule_config c{schedule::step, 3, 0.5f};
  BOOST_TEST(share(c, 299) == 1);
  BOOST_TEST(share(c, 300) == 0.5);
  BOOST_TEST(share(c, 999) == 0.125);
  c.floor = 0.25f;
  BOOST_TEST(share(c, 999) == 0.25);
}

BOOST_AUTO_TEST_CASE(a_cosine_goes_from_one_to_its_floor) {
  schedule_config c{schedule::cosine, 1, 0.5f, 0.1f};
  for (uint64_t step : {0, 1, 250, 500, 750, 999}) {
    auto expected =
      0.1 + 0.9 * (1 + std::cos(M_PI * static_cast<double>(step) / 1000)) / 2;
    BOOST_TEST(std::abs(share(c, step) - expected) < 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(a_warm_up_grows_to_the_full_rate) {
  schedule_config c;
  c.warm_up = 200;
  BOOST_TEST(share(c, 0) == static_cast<double>(1.0f / 200));
  BOOST_TEST(share(c, 99) == 0.5);
  BOOST_TEST(share(c, 199) == 1);
  BOOST_TEST(share(c, 200) == 1);
}

BOOST_AUTO_TEST_CASE(a_plateau_is_found_in_the_losses) {
  schedule_config c{schedule::plateau, 2, 0.1f};
  auto drops = [&](std::vector<double> losses) {
    return count_drops(c, losses);
  };
  BOOST_TEST(drops({}) == 0u);
  BOOST_TEST(drops({5, 4, 4, 3}) == 0u);
  BOOST_TEST(drops({5, 4, 4, 4}) == 1u);
  BOOST_TEST(drops({5, 6, 7, 8, 9}) == 2u);
  BOOST_TEST(drops({5, 6, 7, 4, 5, 6}) == 2u);
  BOOST_CHECK_CLOSE(share(c, 5, 2), 0.01, 1e-4);
  c.kind = schedule::step;
  BOOST_TEST(drops({5, 6, 7, 8, 9}) == 0u);
}

BOOST_AUTO_TEST_CASE(values_out_of_range_are_refused) {
  auto refused = [](schedule_config c) {
    BOOST_CHECK_THROW(check(c), std::invalid_argument);
  };
  refused({schedule::step, 0});
  refused({schedule::step, 1, 1});
  refused({schedule::step, 1, 0});
  refused({schedule::step, 1, std::nanf("")});
  refused({schedule::step, 1, 0.5f, 1.5f});
  refused({static_cast<schedule>(4)});
  check(schedule_config{});
  for (auto word : {"constant", "step", "cosine", "plateau"})
    BOOST_TEST(to_string(schedule_from(word)) == word);
  BOOST_CHECK_THROW(schedule_from("cos"), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
