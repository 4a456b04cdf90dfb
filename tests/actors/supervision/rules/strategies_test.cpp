// Behaviours 45 to 51: who is restarted with whom.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

BOOST_AUTO_TEST_SUITE(rules_strategies)

BOOST_AUTO_TEST_CASE(rule_45_one_for_one_leaves_siblings_alone) {
  auto w = four(strategy::one_for_one);
  BOOST_TEST(w.ends("b").done() == "start b");
}

BOOST_AUTO_TEST_CASE(rule_46_one_for_all_stops_in_reverse_and_starts_in_order) {
  auto w = four(strategy::one_for_all);
  BOOST_TEST(w.ends("b").done()
             == "stop d, stop c, stop a, "
                "start a, start b, start c, start d");
  for (auto id : {"a", "b", "c", "d"})
    BOOST_TEST(w.incarnation(id) == 2);
}

BOOST_AUTO_TEST_CASE(rule_47_rest_for_one_spares_those_started_before) {
  auto w = four(strategy::rest_for_one);
  BOOST_TEST(w.ends("b").done()
             == "stop d, stop c, "
                "start b, start c, start d");
  BOOST_TEST(w.incarnation("a") == 1);
  BOOST_TEST(w.states() == "a running, b running, c running, d running");
}

BOOST_AUTO_TEST_CASE(rule_50_one_for_all_retries_the_whole_round) {
  auto w = four(strategy::one_for_all);
  w.plans["c"].starts = {at_start::fails, at_start::starts};
  w.ends("a");
  BOOST_TEST(w.done()
             == "stop d, stop c, stop b, start a, start b, start c, "
                "stop b, stop a");
  BOOST_TEST(w.advance(0s).done() == "start a, start b, start c, start d");
  BOOST_TEST(w.core.total_restarts() == 2);
}

BOOST_AUTO_TEST_CASE(rule_51_rest_for_one_retries_from_the_one_that_failed) {
  auto w = four(strategy::rest_for_one);
  w.plans["c"].starts = {at_start::fails, at_start::starts};
  w.ends("b");
  BOOST_TEST(w.done() == "stop d, stop c, start b, start c");
  BOOST_TEST(w.states() == "a running, b running, c restarting, d stopped");
  BOOST_TEST(w.advance(0s).done() == "start c, start d");
}

BOOST_AUTO_TEST_SUITE_END()
