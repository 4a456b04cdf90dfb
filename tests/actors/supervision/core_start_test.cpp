#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using kind = supervision_report::kind;

BOOST_AUTO_TEST_SUITE(core_start)

BOOST_AUTO_TEST_CASE(child_that_ends_before_it_acknowledges_has_failed) {
  world w{policy(strategy::one_for_one), {child("a"), child("b")}};
  w.plans["b"].starts = {at_start::is_silent};
  w.boot();
  w.done();
  BOOST_TEST(w.ends("b", normal).done() == "stop a, exit");
}

BOOST_AUTO_TEST_CASE(child_that_does_not_acknowledge_in_time_has_failed) {
  auto slow = child("slow");
  slow.start_within = 3s;
  world w{policy(strategy::one_for_one), {child("a"), slow}};
  w.plans["slow"].starts = {at_start::is_silent};
  w.boot();
  BOOST_TEST(w.done() == "start a, start slow");
  BOOST_TEST(w.advance(2999ms).done() == "");
  BOOST_TEST(w.advance(1ms).done() == "kill slow, stop a, exit");
  BOOST_TEST(w.end.text.find("not acknowledged within 3 s")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(child_that_crashes_while_its_siblings_start_is_restarted) {
  world w{policy(strategy::one_for_one), {child("a"), child("b"), child("c")}};
  w.plans["b"].starts = {at_start::is_silent};
  w.boot();
  w.done();
  BOOST_TEST(w.ends("a").done() == "start a");
  BOOST_TEST(w.started("b").done() == "start c, booted");
}

BOOST_AUTO_TEST_CASE(restart_that_fails_during_the_start_is_tried_again) {
  world w{policy(strategy::one_for_one), {child("a"), child("b")}};
  w.plans["a"].starts = {at_start::starts, at_start::fails, at_start::starts};
  w.plans["b"].starts = {at_start::is_silent};
  w.boot();
  w.done();
  BOOST_TEST(w.ends("a").advance(0s).done() == "start a, start a");
  BOOST_TEST(w.started("b").done() == "booted");
  BOOST_TEST(w.states() == "a running, b running");
}

BOOST_AUTO_TEST_CASE(crash_during_the_start_of_one_for_all_starts_all_again) {
  world w{policy(strategy::one_for_all), {child("a"), child("b"), child("c")}};
  w.plans["b"].starts = {at_start::is_silent, at_start::starts};
  w.boot();
  w.done();
  BOOST_TEST(w.ends("a").done() == "stop b, start a, start b, start c, booted");
}

BOOST_AUTO_TEST_CASE(shutdown_during_the_start_stops_what_has_started) {
  world w{policy(strategy::one_for_one), {child("a"), child("b"), child("c")}};
  w.plans["b"].starts = {at_start::is_silent};
  w.boot();
  w.done();
  BOOST_TEST(w.shutdown().done() == "stop b, stop a, exit");
}

BOOST_AUTO_TEST_CASE(acknowledgement_of_an_older_incarnation_means_nothing) {
  world w{policy(strategy::one_for_one), {child("a")}};
  w.boot();
  auto slot = w.core.find("a");
  w.plans["a"].starts = {at_start::is_silent};
  w.ends("a");
  w.core.started(slot, 1, w.now);
  BOOST_TEST((w.state("a") == child_state::starting));
  w.core.start_failed(slot, 1, crash, w.now);
  w.core.ignored(slot, 1, w.now);
  BOOST_TEST((w.state("a") == child_state::starting));
}

BOOST_AUTO_TEST_SUITE_END()
