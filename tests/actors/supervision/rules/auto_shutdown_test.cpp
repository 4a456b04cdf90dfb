// Behaviours 76 to 83: supervisors that end with their significant children.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using cause = exit_status::cause;
using kind = supervision_report::kind;

namespace {

const auto all_ends = {auto_shutdown::never, auto_shutdown::any_significant,
                       auto_shutdown::all_significant};

child_policy significant(std::string id, restart when = restart::transient) {
  auto x = child(std::move(id), when);
  x.significant = true;
  return x;
}

supervisor_policy ending(auto_shutdown ends,
                         strategy how = strategy::one_for_one) {
  auto x = policy(how);
  x.ends = ends;
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rules_auto_shutdown)

BOOST_AUTO_TEST_CASE(rule_76_never_ends_by_itself) {
  auto w =
    booted(ending(auto_shutdown::never),
           {child("a", restart::transient), child("b", restart::temporary)});
  w.ends("a", normal).ends("b", normal);
  BOOST_TEST(!w.core.ended());
  BOOST_TEST(w.states() == "a stopped");
}

BOOST_AUTO_TEST_CASE(rule_77_any_ends_with_its_first_significant_child) {
  for (auto how : all_strategies)
    for (auto when : {restart::transient, restart::temporary})
      for (auto& why : {normal, told, crash, killed}) {
        auto w = booted(ending(auto_shutdown::any_significant, how),
                        {child("x"), significant("a", when), child("y")});
        w.ends("a", why);
        auto triggers = when == restart::temporary || !is_abnormal(why);
        BOOST_TEST(w.core.ended() == triggers, to_string(when)
                                                 << " " << to_string(why));
        if (!triggers)
          continue;
        auto gone = when == restart::temporary ? "forget a, " : "";
        BOOST_TEST(w.done() == gone + std::string{"stop y, stop x, exit"});
        BOOST_TEST((w.end.how == exit_kind::shutdown));
        BOOST_TEST((w.end.because == cause::auto_shutdown));
        BOOST_TEST(w.count(kind::auto_shutdown) == 1);
      }
}

BOOST_AUTO_TEST_CASE(rule_78_all_ends_with_its_last_significant_child) {
  auto w = booted(ending(auto_shutdown::all_significant),
                  {significant("a"), child("x"), significant("b"),
                   significant("t", restart::temporary)});
  w.ends("a", normal);
  w.ends("t", crash);
  BOOST_TEST(!w.core.ended());
  BOOST_TEST(w.answer(w.restart_it("a")) == "ok");
  w.ends("b", normal);
  BOOST_TEST(!w.core.ended()); // a is back
  w.ends("a", normal);
  BOOST_TEST(w.core.ended());
  BOOST_TEST((w.end.because == cause::auto_shutdown));
}

BOOST_AUTO_TEST_CASE(rule_78_one_that_waits_for_its_restart_is_not_the_last) {
  auto w = booted(ending(auto_shutdown::all_significant),
                  {significant("a"), significant("b")});
  w.plans["a"].starts = {at_start::fails, at_start::starts};
  w.ends("a", crash); // restarting
  w.ends("b", normal);
  BOOST_TEST(!w.core.ended());
  w.advance(0s);
  BOOST_TEST(w.states() == "a running, b stopped");
}

BOOST_AUTO_TEST_CASE(rule_79_children_without_significance_never_end_it) {
  for (auto ends : all_ends)
    for (auto when : {restart::transient, restart::temporary})
      for (auto& why : {normal, told, crash}) {
        auto w = booted(ending(ends), {child("a", when), child("b")});
        w.ends("a", why);
        BOOST_TEST(!w.core.ended());
      }
}

BOOST_AUTO_TEST_CASE(rule_80_terminate_child_never_ends_it) {
  for (auto ends :
       {auto_shutdown::any_significant, auto_shutdown::all_significant})
    for (auto when : {restart::transient, restart::temporary})
      for (auto how : {at_stop::obeys, at_stop::ends_normally, at_stop::crashes,
                       at_stop::is_deaf}) {
        auto w = booted(ending(ends), {significant("a", when)});
        w.plans["a"].stop = how;
        auto token = w.terminate("a");
        w.advance(1min);
        BOOST_TEST(w.answer(token) == "ok");
        BOOST_TEST(!w.core.ended());
      }
}

BOOST_AUTO_TEST_CASE(rule_81_bystanders_of_a_restart_never_end_it) {
  for (auto ends :
       {auto_shutdown::any_significant, auto_shutdown::all_significant})
    for (auto how : {strategy::one_for_all, strategy::rest_for_one}) {
      auto w = booted(ending(ends, how),
                      {child("x"), significant("a"),
                       significant("t", restart::temporary), child("z")});
      w.plans["z"].stop = at_stop::is_deaf;
      w.ends("x", crash);
      w.ends("a", normal); // by itself, while z is still being stopped
      w.advance(5s);
      BOOST_TEST(w.states() == "x running, a running, z running");
    }
}

BOOST_AUTO_TEST_CASE(rule_82_transient_significant_child_that_crashes_is_back) {
  for (auto ends :
       {auto_shutdown::any_significant, auto_shutdown::all_significant})
    for (auto how : all_strategies) {
      auto w = booted(ending(ends, how), {significant("a")});
      w.ends("a", crash);
      BOOST_TEST(w.states() == "a running");
      BOOST_TEST(w.incarnation("a") == 2);
    }
}

/// The sub-supervisor ends with what its own core ended with.
BOOST_AUTO_TEST_CASE(rule_83_significance_passes_an_auto_shutdown_upward) {
  for (auto matters : {true, false}) {
    auto below =
      booted(ending(auto_shutdown::any_significant), {significant("leaf")});
    below.ends("leaf", normal);
    BOOST_REQUIRE(below.core.ended());
    auto sub = child("sub", restart::transient);
    sub.kind = child_kind::supervisor;
    sub.significant = matters;
    auto above = booted(ending(auto_shutdown::any_significant), {sub});
    above.ends("sub", below.end);
    BOOST_TEST(above.core.ended() == matters);
  }
}

BOOST_AUTO_TEST_CASE(
  significant_child_that_ends_during_the_start_waits_for_it) {
  world w{ending(auto_shutdown::any_significant),
          {significant("a"), child("b")}};
  w.plans["b"].starts = {at_start::is_silent};
  w.boot().ends("a", normal);
  BOOST_TEST(w.done() == "start a, start b");
  BOOST_TEST(w.started("b").done() == "booted, stop b, exit");
}

BOOST_AUTO_TEST_SUITE_END()
