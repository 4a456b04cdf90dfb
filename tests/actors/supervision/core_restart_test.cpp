#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using kind = supervision_report::kind;

BOOST_AUTO_TEST_SUITE(core_restart)

BOOST_AUTO_TEST_CASE(next_one_stops_only_when_the_last_one_is_gone) {
  auto w = four(strategy::one_for_all);
  w.plans["d"].stop = at_stop::is_deaf;
  BOOST_TEST(w.ends("a").done() == "stop d");
  BOOST_TEST(w.advance(5s).done()
             == "kill d, stop c, stop b, "
                "start a, start b, start c, start d");
}

BOOST_AUTO_TEST_CASE(bystander_that_crashes_meanwhile_costs_no_budget) {
  auto w = four(strategy::one_for_all, 1);
  w.plans["d"].stop = at_stop::is_deaf;
  w.ends("a");
  w.ends("b"); // d is still being stopped
  w.advance(5s);
  BOOST_TEST(w.states() == "a running, b running, c running, d running");
  BOOST_TEST(w.core.total_restarts() == 1);
}

BOOST_AUTO_TEST_CASE(earlier_sibling_that_crashes_meanwhile_widens_the_round) {
  auto w = four(strategy::rest_for_one);
  w.plans["d"].stop = at_stop::is_deaf;
  w.ends("c");
  w.ends("b");
  w.done();
  BOOST_TEST(w.advance(5s).done() == "kill d, start b, start c, start d");
  BOOST_TEST(w.core.total_restarts() == 2);
}

BOOST_AUTO_TEST_CASE(later_crash_does_not_forget_an_earlier_child_in_its_loop) {
  auto w = four(strategy::rest_for_one, 10);
  w.plans["b"].starts = {at_start::fails, at_start::starts};
  w.ends("b"); // waits for its next attempt, c and d are down
  w.start_child(child("e"));
  w.ends("e");
  w.advance(0s);
  BOOST_TEST(w.states()
             == "a running, b running, c running, d running, "
                "e running");
}

BOOST_AUTO_TEST_CASE(calling_one_loop_off_does_not_forget_the_other) {
  auto delayed = child("b");
  delayed.delay = {10s, 10s, 1.0, 30s};
  world w{policy(strategy::rest_for_one, 10), {child("a"), delayed}};
  w.boot();
  w.plans["b"].starts = {at_start::fails, at_start::fails, at_start::starts};
  w.plans["e"].starts = {at_start::starts, at_start::fails};
  w.ends("b");
  w.advance(0s);
  w.start_child(child("e"));
  w.ends("e"); // both wait
  BOOST_TEST(w.states() == "a running, b restarting, e restarting");
  BOOST_TEST(w.answer(w.terminate("e")) == "ok");
  BOOST_TEST(w.states() == "a running, b restarting, e stopped");
  w.plans["e"].starts = {at_start::starts};
  w.advance(1min);
  BOOST_TEST(w.states() == "a running, b running, e running");
}

BOOST_AUTO_TEST_CASE(stopped_siblings_stay_down_when_a_loop_is_called_off) {
  auto w = four(strategy::one_for_all);
  w.plans["b"].starts = {at_start::fails};
  w.ends("b");
  w.terminate("b");
  w.advance(1h);
  BOOST_TEST(w.states() == "a stopped, b stopped, c stopped, d stopped");
}

// -- intensity ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reports_tell_how_many_restarts_are_left) {
  auto w = four(strategy::one_for_one, 2);
  w.reports.clear();
  w.ends("a");
  BOOST_REQUIRE(w.reports.size() == 3); // ended, restarting, started
  BOOST_TEST((w.reports[0].what == kind::child_ended));
  BOOST_TEST(w.reports[0].restarts_left == 2);
  BOOST_TEST((w.reports[1].what == kind::restarting));
  BOOST_TEST(w.reports[1].restarts_left == 1);
  BOOST_TEST((w.reports[2].what == kind::child_started));
}

// -- backoff ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(first_restart_is_at_once_and_the_next_ones_wait) {
  auto c = child("a");
  c.delay = {1s, 8s, 2.0, 1h};
  world w{policy(strategy::one_for_one, 100), {c}};
  w.boot();
  w.done();
  BOOST_TEST(w.ends("a").done() == "start a");
  for (auto limit : {1s, 2s, 4s, 8s, 8s, 8s}) {
    w.ends("a");
    auto delay = w.reports.back().delay;
    BOOST_TEST((delay >= 0s && delay <= limit));
    BOOST_TEST((w.state("a") == child_state::restarting));
    w.advance(delay);
    BOOST_TEST((w.state("a") == child_state::running));
  }
}

BOOST_AUTO_TEST_CASE(backoff_starts_anew_after_a_healthy_time) {
  auto c = child("a");
  c.delay = {1s, 8s, 2.0, 30s};
  world w{policy(strategy::one_for_one, 100), {c}};
  w.boot();
  w.ends("a");
  w.ends("a");
  w.advance(8s);
  w.advance(30s);
  w.done();
  BOOST_TEST(w.ends("a").done() == "start a");
}

BOOST_AUTO_TEST_CASE(jitter_depends_on_the_seed_alone) {
  auto delays = [](uint64_t seed) {
    auto c = child("a");
    c.delay = {1s, 1h, 2.0, 2h};
    auto p = policy(strategy::one_for_one, 100);
    p.seed = seed;
    world w{p, {c}};
    w.boot();
    std::vector<int64_t> result;
    for (int i = 0; i < 10; ++i) {
      w.ends("a");
      for (auto& r : w.reports)
        if (r.what == kind::restarting)
          result.push_back(r.delay.count());
      w.advance(1h);
    }
    return result;
  };
  BOOST_TEST(delays(1) == delays(1));
  BOOST_TEST(delays(1) != delays(2));
}

BOOST_AUTO_TEST_CASE(backoff_never_blocks_siblings) {
  auto c = child("b");
  c.delay = {10s, 10s, 1.0, 1h};
  world w{policy(strategy::one_for_one, 100), {child("a"), c}};
  w.boot();
  w.ends("b");
  w.ends("b");
  w.done();
  BOOST_TEST(w.ends("a").done() == "start a");
}

BOOST_AUTO_TEST_SUITE_END()
