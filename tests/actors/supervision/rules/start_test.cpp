// Behaviours 1 to 12: how a supervisor starts its children.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using kind = supervision_report::kind;

BOOST_AUTO_TEST_SUITE(rules_start)

BOOST_AUTO_TEST_CASE(rule_01_supervisor_without_children_starts_and_ends) {
  world w{policy(strategy::one_for_one), {}};
  BOOST_TEST(w.boot().done() == "booted");
  BOOST_TEST(w.core.count_children().specs == 0);
  BOOST_TEST(w.shutdown().done() == "exit");
  BOOST_TEST(to_string(w.end) == "shutdown");
}

BOOST_AUTO_TEST_CASE(rule_04_children_start_in_the_order_of_the_list) {
  world w{policy(strategy::one_for_one), {child("a"), child("b"), child("c")}};
  BOOST_TEST(w.boot().done() == "start a, start b, start c, booted");
}

BOOST_AUTO_TEST_CASE(rule_04_next_child_starts_when_the_last_one_acknowledged) {
  world w{policy(strategy::one_for_one), {child("a"), child("b")}};
  w.plans["a"].starts = {at_start::is_silent};
  BOOST_TEST(w.boot().done() == "start a");
  BOOST_TEST(w.started("a").done() == "start b, booted");
}

BOOST_AUTO_TEST_CASE(
  rule_05_failed_child_stops_those_before_it_and_ends_the_start) {
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

BOOST_AUTO_TEST_CASE(rule_06_each_answer_of_a_start_has_its_outcome) {
  auto outcome = [](at_start how) {
    world w{policy(strategy::one_for_one), {}};
    w.boot();
    w.plans["a"].starts = {how};
    auto token = w.start_child(child("a"));
    return w.answer(token);
  };
  BOOST_TEST(outcome(at_start::starts) == "ok");
  BOOST_TEST(outcome(at_start::declines) == "ignored");
  BOOST_TEST(outcome(at_start::fails) == "start_failed");
  BOOST_TEST(outcome(at_start::is_silent) == ""); // still waiting
}

BOOST_AUTO_TEST_CASE(rule_07_answer_tells_of_the_child_that_was_started) {
  auto w = three();
  auto first = w.start_child(child("d"));
  BOOST_TEST(w.reply(first).child.policy->id == "d");
  BOOST_TEST(w.reply(first).child.incarnation == 1);
  w.terminate("d");
  auto again = w.restart_it("d");
  BOOST_TEST(w.reply(again).child.incarnation == 2);
  BOOST_TEST((w.reply(again).child.state == child_state::running));
}

BOOST_AUTO_TEST_CASE(
  rule_08_child_that_declines_keeps_its_spec_unless_temporary) {
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

BOOST_AUTO_TEST_CASE(rule_10_start_child_that_fails_leaves_no_specification) {
  auto w = three();
  w.plans["d"].starts = {at_start::fails};
  auto token = w.start_child(child("d"));
  BOOST_TEST(w.answer(token) == "start_failed");
  BOOST_TEST(w.reply(token).text == "crashed: boom");
  BOOST_TEST(w.reply(token).child.policy->id == "d");
  BOOST_TEST(!w.knows("d"));
  BOOST_TEST(w.done() == "start d, forget d");
}

BOOST_AUTO_TEST_CASE(rule_11_restart_child_that_fails_keeps_the_specification) {
  auto w = three();
  w.terminate("b");
  w.plans["b"].starts = {at_start::fails};
  auto token = w.restart_it("b");
  BOOST_TEST(w.answer(token) == "start_failed");
  BOOST_TEST((w.state("b") == child_state::stopped));
  w.done();
  BOOST_TEST(w.advance(1h).done() == ""); // nobody tries again
}

BOOST_AUTO_TEST_CASE(rule_12_defaults_are_those_of_otp) {
  child_policy c;
  BOOST_TEST((c.when == restart::permanent));
  BOOST_TEST((c.kind == child_kind::worker));
  BOOST_TEST((c.grace == 5s));
  supervisor_policy s;
  BOOST_TEST((s.how == strategy::one_for_one));
  BOOST_TEST(s.max_restarts == 1);
  BOOST_TEST((s.within == 5s));
}

/// We have no opaque `info`: what a caller may want to know of the child is in

/// the answer.

BOOST_AUTO_TEST_SUITE_END()
