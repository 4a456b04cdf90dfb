#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using kind = supervision_report::kind;

BOOST_AUTO_TEST_SUITE(core_start)

BOOST_AUTO_TEST_CASE(supervisor_without_children_starts_answers_and_ends) {
  world w{policy(strategy::one_for_one), {}};
  BOOST_TEST(w.boot().done() == "booted");
  BOOST_TEST(w.core.count_children().specs == 0);
  BOOST_TEST(w.shutdown().done() == "exit");
  BOOST_TEST(to_string(w.end) == "shutdown");
}

BOOST_AUTO_TEST_CASE(children_start_in_the_order_of_the_list) {
  world w{policy(strategy::one_for_one), {child("a"), child("b"), child("c")}};
  BOOST_TEST(w.boot().done() == "start a, start b, start c, booted");
}

BOOST_AUTO_TEST_CASE(next_child_starts_only_when_the_last_one_acknowledged) {
  world w{policy(strategy::one_for_one), {child("a"), child("b")}};
  w.plans["a"].starts = {at_start::is_silent};
  BOOST_TEST(w.boot().done() == "start a");
  BOOST_TEST(w.started("a").done() == "start b, booted");
}

BOOST_AUTO_TEST_CASE(failed_child_stops_those_before_it_and_ends_the_start) {
  world w{policy(strategy::one_for_one),
          {child("a"), child("b"), child("c"), child("d")}};
  w.plans["c"].starts = {at_start::fails};
  BOOST_TEST(w.boot().done()
             == "start a, start b, start c, stop b, stop a, "
                "exit");
  BOOST_TEST(w.count(kind::start_failed) == 1);
  BOOST_TEST((w.end.how == exit_kind::shutdown));
  BOOST_TEST(w.end.text == "failed to start child 'c': crashed: boom");
}

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

BOOST_AUTO_TEST_CASE(child_that_declines_keeps_its_spec_unless_temporary) {
  for (auto when : {restart::permanent, restart::transient}) {
    world w{policy(strategy::one_for_one), {child("a", when), child("b")}};
    w.plans["a"].starts = {at_start::declines};
    BOOST_TEST(w.boot().done() == "start a, start b, booted");
    BOOST_TEST(w.states() == "a stopped, b running");
  }
  world w{policy(strategy::one_for_one),
          {child("a", restart::temporary), child("b")}};
  w.plans["a"].starts = {at_start::declines};
  BOOST_TEST(w.boot().done() == "start a, forget a, start b, booted");
  BOOST_TEST(w.states() == "b running");
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

BOOST_AUTO_TEST_CASE(down_of_an_older_incarnation_is_ignored) {
  world w{policy(strategy::one_for_one), {child("a")}};
  w.boot();
  w.ends("a");
  w.done();
  w.core.down(w.core.find("a"), 1, crash, w.now);
  BOOST_TEST(w.core.actions().empty());
  BOOST_TEST(w.incarnation("a") == 2);
  BOOST_TEST((w.state("a") == child_state::running));
}

BOOST_AUTO_TEST_CASE(defaults_are_those_of_otp) {
  child_policy c;
  BOOST_TEST((c.when == restart::permanent));
  BOOST_TEST((c.kind == child_kind::worker));
  BOOST_TEST((c.grace == 5s));
  supervisor_policy s;
  BOOST_TEST((s.how == strategy::one_for_one));
  BOOST_TEST(s.max_restarts == 1);
  BOOST_TEST((s.within == 5s));
}

BOOST_AUTO_TEST_SUITE_END()
