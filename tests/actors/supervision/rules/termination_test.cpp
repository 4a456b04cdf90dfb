// Behaviours 65 to 74: how children are stopped.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using kind = supervision_report::kind;

BOOST_AUTO_TEST_SUITE(rules_termination)

BOOST_AUTO_TEST_CASE(rule_65_children_stop_in_reverse_order_one_by_one) {
  world w{policy(strategy::one_for_one), {child("a"), child("b"), child("c")}};
  w.boot();
  w.done();
  w.plans["b"].stop = at_stop::is_deaf;
  BOOST_TEST(w.shutdown().done() == "stop c, stop b");
  BOOST_TEST(w.advance(5s).done() == "kill b, stop a, exit");
}

BOOST_AUTO_TEST_CASE(rule_66_child_gets_its_grace_and_is_then_killed) {
  world w{policy(strategy::one_for_one), {with_grace("a", 3s)}};
  w.boot();
  w.done();
  w.plans["a"].stop = at_stop::is_deaf;
  BOOST_TEST(w.shutdown().done() == "stop a");
  BOOST_TEST(w.advance(2999ms).done() == "");
  BOOST_TEST(w.advance(1ms).done() == "kill a, exit");
}

BOOST_AUTO_TEST_CASE(rule_67_grace_without_end_never_kills) {
  world w{policy(strategy::one_for_one), {with_grace("a", infinite)}};
  w.boot();
  w.done();
  w.plans["a"].stop = at_stop::is_deaf;
  w.shutdown().advance(10000h);
  BOOST_TEST(w.done() == "stop a");
  BOOST_TEST(w.ends("a", told).done() == "exit");
}

BOOST_AUTO_TEST_CASE(rule_68_grace_of_nought_kills_at_once) {
  world w{policy(strategy::one_for_one), {with_grace("a", 0s)}};
  w.boot();
  w.done();
  BOOST_TEST(w.shutdown().done() == "kill a, exit");
  BOOST_TEST(w.count(kind::child_stopped) == 1);
}

BOOST_AUTO_TEST_CASE(rule_69_end_of_a_child_is_what_counts) {
  world w{policy(strategy::one_for_one), {child("a"), child("b")}};
  w.boot();
  w.plans["b"].stop = at_stop::is_deaf;
  w.shutdown();
  w.started("b"); // it pretends to be well
  w.core.alive(1, 2);
  w.done();
  BOOST_TEST(w.advance(5s).done() == "kill b, stop a, exit");
}

BOOST_AUTO_TEST_CASE(
  rule_70_child_that_ends_by_itself_meanwhile_derails_nothing) {
  for (auto& why : {normal, told, crash, killed}) {
    world w{policy(strategy::one_for_one), {child("a"), child("b")}};
    w.boot();
    w.done();
    w.plans["b"].stop = at_stop::is_deaf;
    w.shutdown();
    w.ends("a", why);
    BOOST_TEST(w.advance(5s).done() == "stop b, kill b, exit");
  }
}

BOOST_AUTO_TEST_CASE(rule_71_unexpected_reason_of_a_stop_is_reported) {
  auto reports_of = [](restart when, at_stop how) {
    world w{policy(strategy::one_for_one), {child("a", when)}};
    w.boot();
    w.plans["a"].stop = how;
    w.shutdown();
    return w.count(kind::stop_failed);
  };
  for (auto when :
       {restart::permanent, restart::transient, restart::temporary}) {
    BOOST_TEST(reports_of(when, at_stop::obeys) == 0);
    BOOST_TEST(reports_of(when, at_stop::crashes) == 1);
    auto unexpected = when == restart::permanent ? 1u : 0u;
    BOOST_TEST(reports_of(when, at_stop::ends_normally) == unexpected);
  }
}

BOOST_AUTO_TEST_CASE(
  rule_71_child_that_had_to_be_killed_in_the_end_is_an_error) {
  world w{policy(strategy::one_for_one),
          {with_grace("a", 1s), with_grace("b", 0s)}};
  w.boot();
  w.plans["a"].stop = at_stop::is_deaf;
  w.reports.clear();
  w.shutdown().advance(1s);
  BOOST_REQUIRE(w.reports.size() == 2);
  BOOST_TEST((w.reports[0].what == kind::child_stopped)); // b: asked for
  BOOST_TEST((w.reports[1].what == kind::stop_failed));
  BOOST_TEST(to_string(w.reports[1].reason)
             == "killed: did not end within 1 s");
}

BOOST_AUTO_TEST_CASE(rule_72_pool_stops_in_the_time_of_the_slowest) {
  auto how = policy(strategy::one_for_one);
  how.stop = stop_order::parallel;
  world w{how, {with_grace("a", 1s), with_grace("b", 3s), with_grace("c", 2s)}};
  w.boot();
  w.done();
  for (auto id : {"a", "b", "c"})
    w.plans[id].stop = at_stop::is_deaf;
  BOOST_TEST(w.shutdown().done() == "stop c, stop b, stop a");
  BOOST_TEST(w.advance(2s).done() == "kill a, kill c");
  BOOST_TEST(w.advance(1s).done() == "kill b, exit");
}

BOOST_AUTO_TEST_CASE(
  rule_73_errors_of_a_parallel_stop_are_one_report_a_reason) {
  auto how = policy(strategy::one_for_one);
  how.stop = stop_order::parallel;
  std::vector<child_policy> many;
  for (int i = 0; i < 100; ++i)
    many.push_back(child(std::to_string(i)));
  world w{how, many};
  w.boot();
  for (int i = 0; i < 100; ++i)
    w.plans[std::to_string(i)].stop = i < 30   ? at_stop::crashes
                                      : i < 50 ? at_stop::is_deaf
                                               : at_stop::obeys;
  w.reports.clear();
  w.shutdown().advance(5s);
  std::string errors;
  for (auto& x : w.reports)
    if (x.what == kind::stop_failed)
      errors += to_string(x.reason) + " x" + std::to_string(x.count) + "; ";
  BOOST_TEST(errors
             == "crashed: boom x30; killed: did not end within 5 s x20; ");
  BOOST_TEST(w.count(kind::child_stopped) == 50);
  BOOST_TEST(w.core.ended());
}

BOOST_AUTO_TEST_CASE(rule_74_reason_of_the_shutdown_is_the_reason_of_the_exit) {
  world w{policy(strategy::one_for_one), {child("a")}};
  w.boot();
  w.core.shutdown({exit_kind::shutdown, "bye"}, w.now);
  w.advance(0s);
  w.ends("a", told);
  BOOST_TEST(to_string(w.end) == "shutdown: bye");
}

/// What a child says of itself is not asked: that it is gone, is.

BOOST_AUTO_TEST_SUITE_END()
