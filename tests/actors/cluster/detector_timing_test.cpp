#include <actors/cluster/detector_timing.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace actors;
using namespace std::chrono_literals;

namespace {

constexpr detector_goal goal{1s, std::chrono::hours{24}};

double seconds(duration x) {
  return std::chrono::duration<double>(x).count();
}

} // namespace

BOOST_AUTO_TEST_SUITE(detector_timings)

/// By hand: T = 0.6, n = 0.2, V = 0.01, loss 0.1: j = 1: (0.01 + 0.16) /
/// (0.01 + 0.016) = 6.538462, j = 2: (0.01 + 0.04) / (0.01 + 0.004) = 3.571429.
BOOST_AUTO_TEST_CASE(the_bound_is_that_of_the_paper) {
  BOOST_TEST(mistake_bound(0.2, 0.6, 0.01, 0.1) == 0.2 * 6.538462 * 3.571429,
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(interval_and_margin_fill_the_time_until_suspicion) {
  for (auto loss : {0.0, 0.05, 0.2})
    for (auto jitter : {1ms, 10ms, 30ms}) {
      auto x = derive_timing(goal, {2ms, jitter, loss});
      BOOST_TEST(x.reachable);
      BOOST_TEST(seconds(x.interval + x.margin) == 0.598,
                 boost::test_tools::tolerance(1e-6));
      BOOST_TEST((x.mistake_period >= goal.mistake_period));
      BOOST_TEST((x.interval * 3 <= 600ms));
    }
}

BOOST_AUTO_TEST_CASE(worse_links_get_more_heartbeats) {
  auto good = derive_timing(goal, {1ms, 1ms, 0.001});
  auto lossy = derive_timing(goal, {1ms, 1ms, 0.2});
  auto shaky = derive_timing(goal, {1ms, 60ms, 0.001});
  BOOST_TEST((lossy.interval < good.interval));
  BOOST_TEST((shaky.interval < good.interval));
}

BOOST_AUTO_TEST_CASE(rarer_mistakes_cost_more_heartbeats) {
  auto often = derive_timing({1s, 1min}, {1ms, 20ms, 0.1});
  auto rarely =
    derive_timing({1s, std::chrono::hours{24 * 365}}, {1ms, 20ms, 0.1});
  BOOST_TEST((rarely.interval < often.interval));
}

BOOST_AUTO_TEST_CASE(a_goal_out_of_reach_is_said_with_what_can_be_had) {
  auto x = derive_timing(goal, {700ms, 100ms, 0.1});
  BOOST_TEST(!x.reachable);
  BOOST_TEST((x.detect_within > 1166ms)); // the delay alone
  BOOST_TEST((x.detect_within < 5s));
  BOOST_TEST((x.mistake_period >= goal.mistake_period));
  BOOST_TEST(x.why.find("wanted 1.00 s") == 0U);
  BOOST_TEST(x.why.find("delay 700.0 ms") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_hopeless_link_gets_an_answer_too) {
  auto x = derive_timing(goal, {1h, 1h, 1.0});
  BOOST_TEST(!x.reachable);
  BOOST_TEST((x.interval > 0ns));
  BOOST_TEST((x.margin > 0ns));
  BOOST_TEST(!x.why.empty());
}

BOOST_AUTO_TEST_SUITE_END()
