// Behaviours 54 to 64: how often, and what then.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using kind = supervision_report::kind;

BOOST_AUTO_TEST_SUITE(rules_intensity)

BOOST_AUTO_TEST_CASE(rule_54_budget_of_nought_ends_at_the_first_failure) {
  auto w = four(strategy::one_for_one, 0);
  BOOST_TEST(w.ends("b").done() == "stop d, stop c, stop a, exit");
  BOOST_TEST((w.end.how == exit_kind::shutdown));
  BOOST_TEST(w.count(kind::gave_up) == 1);
}

BOOST_AUTO_TEST_CASE(rule_54_one_restart_more_than_the_budget_ends_it) {
  for (auto how : all_strategies)
    for (uint32_t budget = 0; budget < 5; ++budget) {
      auto w = four(how, budget);
      for (uint32_t i = 0; i < budget; ++i)
        w.ends("b");
      BOOST_TEST(!w.core.ended());
      w.ends("c");
      BOOST_TEST(w.core.ended(), to_string(how) << " " << budget);
      BOOST_TEST(w.core.total_restarts() == budget);
    }
}

BOOST_AUTO_TEST_CASE(rule_54_restart_exactly_within_ago_still_counts) {
  auto w = four(strategy::one_for_one, 1);
  w.ends("a").advance(5s);
  w.ends("a");
  BOOST_TEST(w.core.ended());
}

BOOST_AUTO_TEST_CASE(rule_54_window_is_exact_against_a_plain_list) {
  uint64_t seed = 1;
  auto random = [&] { return (seed = seed * 6364136223846793005u + 1) >> 33; };
  for (uint32_t limit : {0u, 1u, 2u, 3u, 7u, 100u}) {
    restart_window window{limit, 10s};
    std::vector<time_point> list;
    time_point now{};
    for (int i = 0; i < 5000; ++i) {
      now += std::chrono::seconds{random() % 4};
      std::erase_if(list, [&](auto t) { return now - t > 10s; });
      BOOST_REQUIRE(window.left(now) == limit - list.size());
      auto allowed = list.size() < limit;
      if (allowed)
        list.push_back(now);
      BOOST_REQUIRE(window.add(now) == allowed);
    }
  }
}

BOOST_AUTO_TEST_CASE(rule_55_budget_is_shared_by_all_children) {
  auto w = four(strategy::one_for_one, 3);
  w.ends("a");
  w.ends("b");
  w.ends("c");
  BOOST_TEST(!w.core.ended());
  w.ends("d");
  BOOST_TEST(w.core.ended());
}

BOOST_AUTO_TEST_CASE(rule_56_failed_start_counts_as_a_restart) {
  auto w = four(strategy::one_for_one, 3);
  w.plans["b"].starts = {at_start::fails};
  w.ends("b").advance(0s);
  BOOST_TEST(w.core.ended());
  BOOST_TEST(w.core.total_restarts() == 3);
  BOOST_TEST(w.done()
             == "start b, start b, start b, stop d, stop c, stop a, "
                "exit");
}

BOOST_AUTO_TEST_CASE(rule_57_supervisor_answers_between_two_attempts) {
  for (auto how : all_strategies) {
    auto w = four(how);
    w.plans["b"].starts = {at_start::fails};
    w.ends("b");
    BOOST_TEST((w.state("b") == child_state::restarting));
    auto token = w.start_child(child("e"));
    BOOST_TEST(w.answer(token) == "ok", to_string(how));
    w.shutdown();
    BOOST_TEST(w.core.ended());
  }
}

BOOST_AUTO_TEST_CASE(rule_58_child_in_a_loop_is_restarting_and_not_active) {
  auto w = four(strategy::one_for_one);
  w.plans["b"].starts = {at_start::fails};
  w.ends("b");
  BOOST_TEST(w.states() == "a running, b restarting, c running, d running");
  BOOST_TEST(w.core.count_children().active == 3);
}

BOOST_AUTO_TEST_CASE(rule_59_terminate_calls_a_restart_loop_off) {
  auto w = three();
  w.plans["b"].starts = {at_start::fails};
  w.ends("b");
  BOOST_TEST(w.answer(w.terminate("b")) == "ok");
  w.done();
  BOOST_TEST(w.advance(1h).done() == ""); // the stale retry means nothing
  w.plans["b"].starts = {at_start::starts};
  BOOST_TEST(w.answer(w.restart_it("b")) == "ok");
  BOOST_TEST(w.states() == "a running, b running, c running");
}

BOOST_AUTO_TEST_CASE(rule_60_restart_child_works_after_a_loop_was_called_off) {
  for (auto how : all_strategies) {
    auto w = four(how);
    w.plans["b"].starts = {at_start::fails, at_start::starts};
    w.ends("b");
    w.terminate("b");
    w.advance(1h);
    BOOST_TEST(w.answer(w.restart_it("b")) == "ok", to_string(how));
    BOOST_TEST((w.state("b") == child_state::running));
  }
}

BOOST_AUTO_TEST_CASE(rule_61_rest_for_one_loop_keeps_the_earlier_ones_alive) {
  auto w = four(strategy::rest_for_one, 10);
  w.plans["c"].starts = {at_start::fails};
  w.ends("b");
  BOOST_TEST(w.states() == "a running, b running, c restarting, d stopped");
  BOOST_TEST(w.incarnation("a") == 1);
}

BOOST_AUTO_TEST_CASE(rule_62_giving_up_is_reported_and_stops_all_in_reverse) {
  auto w = four(strategy::one_for_one, 1);
  w.ends("b");
  w.done();
  w.reports.clear();
  BOOST_TEST(w.ends("b").done() == "stop d, stop c, stop a, exit");
  BOOST_TEST(w.count(kind::gave_up) == 1);
  BOOST_TEST((w.reports[1].what == kind::gave_up));
  BOOST_TEST(w.reports[1].reason.text
             == "gave up: more than 1 restarts within 5 s, last 'b'");
  BOOST_TEST((w.end.how == exit_kind::shutdown));
  BOOST_TEST((w.end.because == exit_status::cause::gave_up));
}

BOOST_AUTO_TEST_CASE(rule_63_parent_restarts_a_permanent_supervisor_only) {
  auto below = four(strategy::one_for_one, 0);
  below.ends("a");
  for (auto when :
       {restart::permanent, restart::transient, restart::temporary}) {
    auto sub = child("sub", when);
    sub.kind = child_kind::supervisor;
    world w{policy(strategy::one_for_one), {sub, child("z")}};
    w.boot().ends("sub", below.end);
    BOOST_TEST(w.states()
               == (when == restart::permanent   ? "sub running, z running"
                   : when == restart::transient ? "sub stopped, z running"
                                                : "z running"));
    BOOST_TEST(w.count(kind::escalated) == 1);
  }
}

BOOST_AUTO_TEST_CASE(
  rule_64_restarts_spaced_wider_than_the_window_never_end_it) {
  auto w = four(strategy::one_for_one, 1);
  for (int i = 0; i < 1000; ++i)
    w.ends("a").advance(5s + 1ns);
  BOOST_TEST(!w.core.ended());
  BOOST_TEST(w.incarnation("a") == 1001);
}

BOOST_AUTO_TEST_SUITE_END()
