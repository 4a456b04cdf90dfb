// Children that give no sign of life, and those that say they are well.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using kind = supervision_report::kind;

namespace {

child_policy watched(std::string id, restart when = restart::permanent) {
  auto x = child(std::move(id), when);
  x.liveness = 10s;
  return x;
}

world booted(std::vector<child_policy> children,
             strategy how = strategy::one_for_one) {
  world w{policy(how, 100), std::move(children)};
  w.boot();
  w.done();
  return w;
}

} // namespace

BOOST_AUTO_TEST_SUITE(core_hung)

BOOST_AUTO_TEST_CASE(child_that_answers_is_asked_again_and_again) {
  auto w = booted({watched("a"), child("b")});
  w.advance(105s);
  BOOST_TEST(w.probes == 10);
  BOOST_TEST(w.done() == "");
  BOOST_TEST(w.incarnation("a") == 1);
}

BOOST_AUTO_TEST_CASE(silent_child_is_found_within_twice_its_deadline) {
  auto w = booted({watched("a"), child("b")});
  w.plans["a"].answers = false;
  BOOST_TEST(w.advance(19999ms).done() == "");
  BOOST_TEST(w.advance(1ms).done() == "kill a, start a");
  BOOST_TEST(w.count(kind::child_hung) == 1);
  BOOST_TEST(w.states() == "a running, b running");
}

BOOST_AUTO_TEST_CASE(hung_is_the_reason_whatever_the_kill_says) {
  auto w = booted({watched("a")});
  w.plans["a"].answers = false;
  w.reports.clear();
  w.advance(20s);
  BOOST_REQUIRE(w.reports.size() == 4);
  BOOST_TEST((w.reports[0].what == kind::child_hung));
  BOOST_TEST((w.reports[0].took == 20s));
  BOOST_TEST((w.reports[1].what == kind::child_ended));
  BOOST_TEST(to_string(w.reports[1].reason)
             == "hung: no sign of life within 10 s");
  BOOST_TEST((w.reports[2].what == kind::restarting));
}

BOOST_AUTO_TEST_CASE(hung_child_is_seen_as_such_until_it_is_gone) {
  auto w = booted({watched("a")});
  w.plans["a"] = {{}, at_stop::is_immortal, false};
  w.advance(20s);
  BOOST_TEST(w.states() == "a hung");
  BOOST_TEST(w.core.count_children().active == 1);
  w.ends("a", killed);
  BOOST_TEST(w.states() == "a running");
}

BOOST_AUTO_TEST_CASE(
  hung_child_that_survives_its_kill_is_cut_off_and_replaced) {
  auto w = booted({watched("a")});
  w.plans["a"] = {{}, at_stop::is_immortal, false};
  w.advance(22s);
  BOOST_TEST(w.done() == "kill a, cut_off a, start a");
  BOOST_TEST(w.count(kind::child_lost) == 1);
  BOOST_TEST(w.incarnation("a") == 2);
  BOOST_TEST(w.states() == "a running");
}

BOOST_AUTO_TEST_CASE(hung_is_abnormal) {
  for (auto when :
       {restart::permanent, restart::transient, restart::temporary}) {
    auto w = booted({watched("a", when), child("b")});
    w.plans["a"].answers = false;
    w.advance(20s);
    BOOST_TEST(
      w.states()
      == (when == restart::temporary ? "b running" : "a running, b running"));
  }
}

BOOST_AUTO_TEST_CASE(hung_child_takes_its_siblings_along_like_any_failure) {
  auto w =
    booted({child("a"), watched("b"), child("c")}, strategy::rest_for_one);
  w.plans["b"].answers = false;
  BOOST_TEST(w.advance(20s).done() == "kill b, stop c, start b, start c");
}

BOOST_AUTO_TEST_CASE(hung_bystander_is_waited_for_and_costs_no_budget) {
  auto w = booted({child("a"), watched("b")}, strategy::one_for_all);
  w.plans["b"] = {{}, at_stop::is_immortal, false};
  w.advance(20s);
  w.ends("a");
  BOOST_TEST(w.states() == "a restarting, b hung");
  w.advance(2s);
  BOOST_TEST(w.states() == "a running, b running");
  BOOST_TEST(w.core.total_restarts() == 1);
}

BOOST_AUTO_TEST_CASE(terminate_of_a_hung_child_ends_it_for_good) {
  auto w = booted({watched("a")});
  w.plans["a"] = {{}, at_stop::is_immortal, false};
  w.advance(20s);
  auto token = w.terminate("a");
  w.advance(2s);
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST(w.states() == "a stopped");
}

BOOST_AUTO_TEST_CASE(shutdown_waits_for_a_hung_child_no_longer_than_the_kill) {
  auto w = booted({child("a"), watched("b")});
  w.plans["b"] = {{}, at_stop::is_immortal, false};
  w.advance(20s).shutdown();
  w.done();
  BOOST_TEST(w.advance(2s).done() == "cut_off b, stop a, exit");
}

BOOST_AUTO_TEST_CASE(child_that_is_declared_hung_needs_no_deadline) {
  auto w = booted({child("a")});
  w.core.hung(0, 1, {exit_kind::hung, "no progress"}, w.now);
  w.core.hung(0, 1, {exit_kind::hung, "no progress"}, w.now); // once is enough
  BOOST_TEST((w.state("a") == child_state::hung));
  BOOST_TEST(w.settle().done() == "kill a, start a");
  BOOST_TEST(w.count(kind::child_hung) == 1);
}

BOOST_AUTO_TEST_CASE(sign_of_life_of_an_older_incarnation_means_nothing) {
  auto w = booted({watched("a")});
  w.ends("a");
  w.plans["a"].answers = false;
  w.advance(10s);
  w.core.alive(0, 1);
  w.core.hung(0, 1, {exit_kind::hung, {}}, w.now);
  BOOST_TEST((w.state("a") == child_state::running));
  w.advance(10s);
  BOOST_TEST(w.incarnation("a") == 3);
}

BOOST_AUTO_TEST_CASE(child_that_says_it_is_healthy_starts_its_backoff_anew) {
  auto a = child("a");
  a.delay = {1s, 1s, 1.0, 1h};
  auto w = booted({a});
  w.ends("a").is_healthy("a");
  w.done();
  BOOST_TEST(w.ends("a").done() == "start a"); // at once
  w.ends("a");
  BOOST_TEST((w.state("a") == child_state::restarting));
}

BOOST_AUTO_TEST_CASE(incarnation_that_is_gone_cannot_say_it_is_healthy) {
  auto a = child("a");
  a.delay = {1s, 1s, 1.0, 1h};
  auto w = booted({a});
  w.ends("a");
  w.core.healthy(0, 1); // the first one, late
  w.ends("a");
  BOOST_TEST((w.state("a") == child_state::restarting));
}

BOOST_AUTO_TEST_SUITE_END()
