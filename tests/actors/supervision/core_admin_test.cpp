#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

BOOST_AUTO_TEST_SUITE(core_admin)

BOOST_AUTO_TEST_CASE(started_child_comes_last_and_is_answered_when_it_runs) {
  auto w = three();
  w.plans["d"].starts = {at_start::is_silent};
  auto token = w.start_child(child("d"));
  BOOST_TEST(w.answer(token) == "");
  w.started("d");
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST(w.reply(token).child.policy->id == "d");
  BOOST_TEST(w.states() == "a running, b running, c running, d running");
}

BOOST_AUTO_TEST_CASE(start_child_that_fails_does_not_use_the_budget) {
  world w{policy(strategy::one_for_one, 0), {}};
  w.boot();
  w.plans["d"].starts = {at_start::fails};
  w.start_child(child("d"));
  BOOST_TEST(!w.core.ended());
}

BOOST_AUTO_TEST_CASE(start_child_that_declines_is_no_error) {
  auto w = three();
  w.plans["d"].starts = w.plans["e"].starts = {at_start::declines};
  BOOST_TEST(w.answer(w.start_child(child("d"))) == "ignored");
  BOOST_TEST((w.state("d") == child_state::stopped));
  auto e = w.start_child(child("e", restart::temporary));
  BOOST_TEST(w.answer(e) == "ignored");
  BOOST_TEST(w.reply(e).child.policy->id == "e");
  BOOST_TEST(!w.knows("e"));
}

BOOST_AUTO_TEST_CASE(start_child_with_a_bad_policy_names_the_value) {
  auto w = three();
  auto bad = child("d");
  bad.grace = -1s;
  auto token = w.start_child(bad);
  BOOST_TEST(w.answer(token) == "invalid");
  BOOST_TEST(w.reply(token).text == "child 'd': grace must not be negative");
  BOOST_TEST(!w.knows("d"));
}

BOOST_AUTO_TEST_CASE(terminate_is_answered_when_the_child_is_gone) {
  auto w = three();
  w.plans["b"].stop = at_stop::is_deaf;
  auto first = w.terminate("b");
  auto second = w.terminate("b");
  BOOST_TEST(w.answer(first) == "");
  w.advance(5s);
  BOOST_TEST(w.answer(first) == "ok");
  BOOST_TEST(w.answer(second) == "ok");
  BOOST_TEST(w.done() == "stop b, kill b");
}

BOOST_AUTO_TEST_CASE(terminate_of_a_starting_child_answers_both) {
  auto w = three();
  w.plans["d"].starts = {at_start::is_silent};
  auto start = w.start_child(child("d"));
  auto stop = w.terminate("d");
  BOOST_TEST(w.answer(start) == "start_failed");
  BOOST_TEST(w.answer(stop) == "ok");
  BOOST_TEST(!w.knows("d"));
}

BOOST_AUTO_TEST_CASE(terminate_while_a_slow_start_is_killed_prevents_the_next) {
  auto slow = child("slow");
  slow.start_within = 1s;
  world w{policy(strategy::one_for_one), {slow}};
  w.boot();
  w.plans["slow"] = {{at_start::is_silent}, at_stop::is_immortal};
  w.ends("slow");
  w.advance(1s); // not acknowledged: killed, but not gone
  BOOST_TEST((w.state("slow") == child_state::killing));
  auto token = w.terminate("slow");
  w.advance(1min);
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST((w.state("slow") == child_state::stopped));
}

BOOST_AUTO_TEST_CASE(requests_wait_while_siblings_are_restarted_together) {
  auto w = three(strategy::one_for_all);
  w.plans["b"].stop = at_stop::is_deaf;
  w.ends("a");
  auto token = w.start_child(child("d"));
  BOOST_TEST(w.answer(token) == "");
  w.advance(5s);
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST(w.done()
             == "stop c, stop b, kill b, start a, start b, start c, start d");
}

BOOST_AUTO_TEST_CASE(requests_are_refused_while_the_supervisor_stops) {
  auto w = three();
  w.plans["c"].stop = at_stop::is_deaf;
  w.shutdown();
  for (auto token : {w.start_child(child("d")), w.terminate("a"),
                     w.restart_it("a"), w.remove("a")})
    BOOST_TEST(w.answer(token) == "stopping");
}

BOOST_AUTO_TEST_CASE(requests_in_progress_are_answered_when_it_stops) {
  auto w = three();
  w.plans["d"].starts = {at_start::is_silent};
  w.plans["b"].stop = at_stop::is_deaf;
  auto start = w.start_child(child("d"));
  auto stop = w.terminate("b");
  w.shutdown().advance(1min);
  BOOST_TEST(w.answer(start) == "stopping");
  BOOST_TEST(w.answer(stop) == "ok");
  BOOST_TEST(w.core.ended());
}

BOOST_AUTO_TEST_CASE(slots_of_dropped_children_are_used_again) {
  world w{policy(strategy::one_for_one), {}};
  w.boot();
  for (int i = 0; i < 100; ++i) {
    w.start_child(child("t" + std::to_string(i), restart::temporary));
    BOOST_TEST(w.core.find("t" + std::to_string(i)) == 0);
    w.ends("t" + std::to_string(i), normal);
  }
  BOOST_TEST(w.core.count_children().specs == 0);
}

BOOST_AUTO_TEST_SUITE_END()
