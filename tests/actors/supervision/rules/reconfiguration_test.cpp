// Behaviours 84 to 89: other specifications for a supervisor that runs.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using cause = exit_status::cause;

namespace {

world booted(std::vector<child_policy> children,
             strategy how = strategy::one_for_one) {
  world w{policy(how), std::move(children)};
  w.boot();
  w.done();
  return w;
}

child_policy significant(std::string id) {
  auto x = child(std::move(id), restart::transient);
  x.significant = true;
  return x;
}

supervisor_policy ending(auto_shutdown ends) {
  auto x = policy(strategy::one_for_one);
  x.ends = ends;
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rules_reconfiguration)

BOOST_AUTO_TEST_CASE(rule_84_known_children_keep_running_under_new_specs) {
  auto w = booted({child("a"), child("b")});
  auto a = child("a", restart::temporary);
  a.grace = 1s;
  BOOST_TEST(
    w.answer(w.replace(policy(strategy::one_for_all, 7, 9s), {a, child("b")}))
    == "ok");
  BOOST_TEST(w.done() == "adopt a, adopt b");
  BOOST_TEST(w.incarnation("a") == 1);
  BOOST_TEST((w.core.view(0).policy->grace == 1s));
  BOOST_TEST((w.core.policy().how == strategy::one_for_all));
  BOOST_TEST(w.ends("b").done() == "stop a, forget a, start b");
}

BOOST_AUTO_TEST_CASE(rule_84_restarts_counted_before_stay_counted) {
  auto w = booted({child("a")});
  w.ends("a").ends("a");
  w.replace(policy(strategy::one_for_one, 2, 5s), {child("a")});
  BOOST_TEST(w.ends("a").core.ended());
}

BOOST_AUTO_TEST_CASE(rule_84_the_new_list_is_the_new_order) {
  auto w = booted({child("a"), child("b"), child("c")});
  w.replace(policy(strategy::rest_for_one),
            {child("c"), child("a"), child("b")});
  w.done();
  BOOST_TEST(w.ends("a").done() == "stop b, start a, start b");
  BOOST_TEST(w.shutdown().done() == "stop b, stop a, stop c, exit");
}

BOOST_AUTO_TEST_CASE(rule_85_new_children_are_added_and_not_started) {
  auto w = booted({child("a")});
  w.replace(policy(strategy::one_for_one), {child("n"), child("a")});
  BOOST_TEST(w.states() == "n stopped, a running");
  BOOST_TEST(w.advance(1h).done() == "adopt n, adopt a");
  BOOST_TEST(w.answer(w.restart_it("n")) == "ok");
  BOOST_TEST(w.states() == "n running, a running");
}

BOOST_AUTO_TEST_CASE(
  rule_86_children_that_are_not_named_stay_after_the_others) {
  auto w = booted({child("a"), child("b"), child("c")});
  w.terminate("a");
  w.replace(policy(strategy::one_for_one), {child("c")});
  BOOST_TEST(w.states() == "c running, a stopped, b running");
  BOOST_TEST(w.incarnation("b") == 1);
}

BOOST_AUTO_TEST_CASE(rule_88_bad_specs_change_nothing) {
  auto w = booted({child("a"), child("b")});
  auto bad = child("a");
  bad.grace = -1s;
  auto window = policy(strategy::one_for_all);
  window.within = 0s;
  for (auto token :
       {w.replace(policy(strategy::one_for_all), {bad}),
        w.replace(window, {child("a")}),
        w.replace(policy(strategy::one_for_all), {child("x"), child("x")})}) {
    BOOST_TEST(w.answer(token) == "invalid");
    BOOST_TEST(!w.reply(token).text.empty());
  }
  BOOST_TEST(w.states() == "a running, b running");
  BOOST_TEST((w.core.policy().how == strategy::one_for_one));
  BOOST_TEST(w.done() == "");
}

BOOST_AUTO_TEST_CASE(rule_89_switching_auto_shutdown_takes_effect_at_once) {
  world w{ending(auto_shutdown::all_significant),
          {significant("a"), significant("b"), significant("c")}};
  w.boot().ends("a", normal);
  BOOST_TEST(!w.core.ended());
  w.replace(ending(auto_shutdown::never), {});
  w.ends("b", normal);
  BOOST_TEST(!w.core.ended());
  w.replace(ending(auto_shutdown::any_significant), {});
  w.ends("c", normal);
  BOOST_TEST((w.end.because == cause::auto_shutdown));
}

BOOST_AUTO_TEST_CASE(
  rule_89_significance_can_be_turned_on_but_not_under_never) {
  world w{ending(auto_shutdown::all_significant),
          {child("a", restart::transient), significant("b")}};
  w.boot();
  w.replace(ending(auto_shutdown::all_significant), {significant("a")});
  w.ends("b", normal);
  BOOST_TEST(!w.core.ended()); // a counts now
  auto refused = w.replace(ending(auto_shutdown::never), {significant("a")});
  BOOST_TEST(w.answer(refused) == "invalid");
  BOOST_TEST(w.reply(refused).text.find("significant") != std::string::npos);
  w.ends("a", normal);
  BOOST_TEST(w.core.ended());
}

// -- one child ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(one_child_is_changed_without_the_others) {
  auto w = booted({child("a"), child("b")});
  auto token =
    w.replace_one("a", [](child_policy& x) { x.when = restart::temporary; });
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST((w.reply(token).child.policy->when == restart::temporary));
  BOOST_TEST(w.ends("a").states() == "b running");
}

BOOST_AUTO_TEST_CASE(change_of_one_child_is_refused_when_it_is_bad) {
  auto w = booted({child("a")});
  auto bad = w.replace_one("a", [](child_policy& x) { x.grace = -1s; });
  BOOST_TEST(w.answer(bad) == "invalid");
  auto id = w.replace_one("a", [](child_policy& x) { x.id = "b"; });
  BOOST_TEST(w.reply(id).text == "child 'a': an id cannot be changed");
  auto never = w.replace_one("a", [](child_policy& x) {
    x.when = restart::transient;
    x.significant = true;
  });
  BOOST_TEST(w.answer(never) == "invalid");
  BOOST_TEST(w.answer(w.replace_one("x", [](child_policy&) {})) == "not_found");
  BOOST_TEST((w.core.view(0).policy->when == restart::permanent));
}

BOOST_AUTO_TEST_CASE(liveness_that_is_turned_on_or_off_counts_from_now) {
  auto w = booted({child("a")});
  w.replace_one("a", [](child_policy& x) { x.liveness = 10s; });
  w.advance(25s);
  BOOST_TEST(w.probes == 2);
  w.replace_one("a", [](child_policy& x) { x.liveness = infinite; });
  w.advance(1h);
  BOOST_TEST(w.probes == 2);
}

BOOST_AUTO_TEST_CASE(changed_own_budget_keeps_what_was_counted) {
  auto a = child("a");
  a.own_budget = budget{3, 5s};
  world w{policy(strategy::one_for_one, 100), {a}};
  w.boot().ends("a").ends("a");
  w.replace_one("a", [](child_policy& x) { x.own_budget->max_restarts = 2; });
  BOOST_TEST(w.ends("a").core.ended());
}

// -- in the middle of something -----------------------------------------------

BOOST_AUTO_TEST_CASE(change_waits_while_children_are_restarted_together) {
  auto w = booted({child("a"), child("b")}, strategy::one_for_all);
  w.plans["b"].stop = at_stop::is_deaf;
  w.ends("a");
  auto token = w.replace(policy(strategy::one_for_one), {child("b")});
  BOOST_TEST(w.answer(token) == "");
  w.advance(5s);
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST(w.states() == "b running, a running");
}

BOOST_AUTO_TEST_CASE(round_that_waits_brings_all_back_in_any_new_order) {
  for (auto next :
       {strategy::one_for_one, strategy::one_for_all, strategy::rest_for_one}) {
    auto w =
      booted({child("a"), child("b"), child("c")}, strategy::rest_for_one);
    w.plans["b"].starts = {at_start::fails, at_start::starts};
    w.ends("b"); // a runs, b waits, c is down
    w.replace(policy(next), {child("c"), child("b"), child("a")});
    w.advance(0s);
    BOOST_TEST(w.states() == "c running, b running, a running",
               to_string(next));
    BOOST_TEST(w.incarnation("a") == 1);
  }
}

BOOST_AUTO_TEST_CASE(child_that_waits_alone_comes_back_under_any_new_strategy) {
  for (auto next :
       {strategy::one_for_one, strategy::one_for_all, strategy::rest_for_one}) {
    auto w = booted({child("a"), child("b")});
    w.plans["b"].starts = {at_start::fails, at_start::starts};
    w.ends("b");
    w.replace(policy(next), {child("b"), child("a")});
    w.advance(0s);
    BOOST_TEST(w.states() == "b running, a running", to_string(next));
    BOOST_TEST(w.incarnation("a") == 1);
  }
}

/// Found by the simulator: who carried the actions out met a child without a
/// policy.
BOOST_AUTO_TEST_CASE(child_that_is_changed_and_deleted_at_once_is_told_of) {
  auto w = booted({child("a"), child("b"), child("c")}, strategy::one_for_all);
  w.plans["c"].starts = {at_start::declines};
  w.plans["b"].stop = at_stop::is_deaf;
  w.ends("a");
  auto change = w.replace(policy(strategy::one_for_all), {child("c")});
  auto gone = w.remove("c");
  w.done();
  w.advance(5s);
  BOOST_TEST(w.answer(change) == "ok");
  BOOST_TEST(w.answer(gone) == "ok");
  BOOST_TEST(w.done()
             == "kill b, start a, start b, start c, adopt c, forget c");
}

BOOST_AUTO_TEST_CASE(change_is_refused_while_the_supervisor_stops) {
  auto w = booted({child("a")});
  w.plans["a"].stop = at_stop::is_deaf;
  w.shutdown();
  BOOST_TEST(w.answer(w.replace(policy(strategy::one_for_one), {}))
             == "stopping");
}

BOOST_AUTO_TEST_SUITE_END()
