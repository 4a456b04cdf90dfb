// Behaviours 90 to 97: what is reported, scale, and what C++ adds.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using kind = supervision_report::kind;

BOOST_AUTO_TEST_SUITE(rules_reports)

BOOST_AUTO_TEST_CASE(rule_90_every_kind_of_report_says_who_and_why) {
  world w{policy(strategy::one_for_one, 1), {child("a"), child("b")}};
  w.plans["b"].starts = {at_start::starts, at_start::fails};
  w.boot().ends("b", killed).advance(0s);
  std::string story;
  for (auto& x : w.reports)
    story += to_string(x.what) + " " + std::to_string(x.slot) + "#"
             + std::to_string(x.incarnation) + " " + to_string(x.reason)
             + " left " + std::to_string(x.restarts_left) + "; ";
  BOOST_TEST(story
             == "child_started 0#1 normal left 1; "
                "child_started 1#1 normal left 1; "
                "child_ended 1#1 killed left 1; "
                "restarting 1#1 normal left 0; "
                "start_failed 1#2 crashed: boom left 0; "
                "gave_up 1#2 shutdown: gave up: more than 1 restarts within "
                "5 s, last 'b' left 0; "
                "child_stopped 0#1 shutdown left 0; ");
}

BOOST_AUTO_TEST_CASE(rule_90_reports_tell_how_long_it_took) {
  auto w = three();
  w.advance(7s).ends("b");
  for (auto& x : w.reports)
    if (x.what == kind::child_ended)
      BOOST_TEST((x.took == 7s));
}

BOOST_AUTO_TEST_CASE(rule_92_normal_stop_of_a_child_reports_no_error) {
  world w{policy(strategy::one_for_one),
          {child("a", restart::transient), child("b", restart::temporary)}};
  w.boot();
  w.shutdown();
  for (auto x :
       {kind::stop_failed, kind::start_failed, kind::child_lost, kind::gave_up})
    BOOST_TEST(w.count(x) == 0);
  BOOST_TEST(w.count(kind::child_stopped) == 2);
}

BOOST_AUTO_TEST_CASE(rule_93_hundred_thousand_children_cost_as_much_each) {
  // Steps, not seconds: each child costs the same few actions.
  for (int n : {1000, 100'000}) {
    std::vector<child_policy> many;
    for (int i = 0; i < n; ++i)
      many.push_back(child(std::to_string(i)));
    world w{policy(strategy::one_for_one), many};
    w.boot().shutdown();
    BOOST_TEST(w.log.size() == 2u * static_cast<unsigned>(n) + 2);
    BOOST_TEST(w.core.ended());
  }
}

BOOST_AUTO_TEST_CASE(rule_94_idle_supervisor_has_no_timers) {
  auto w = three();
  w.ends("a").ends("b");
  BOOST_TEST(w.timers.empty());
  BOOST_TEST(w.core.actions().empty());
}

BOOST_AUTO_TEST_CASE(rule_96_down_of_an_older_incarnation_is_ignored) {
  world w{policy(strategy::one_for_one), {child("a")}};
  w.boot();
  w.ends("a");
  w.done();
  w.core.down(w.core.find("a"), 1, crash, w.now);
  BOOST_TEST(w.core.actions().empty());
  BOOST_TEST(w.incarnation("a") == 2);
  BOOST_TEST((w.state("a") == child_state::running));
}

BOOST_AUTO_TEST_CASE(
  rule_96_acknowledgement_of_an_older_incarnation_is_ignored) {
  auto w = three();
  w.plans["a"].starts = {at_start::is_silent};
  w.ends("a");
  w.core.started(0, 1, w.now);
  w.core.start_failed(0, 1, crash, w.now);
  w.core.ignored(0, 1, w.now);
  BOOST_TEST((w.state("a") == child_state::starting));
}

BOOST_AUTO_TEST_CASE(rule_97_child_that_survives_its_kill_is_cut_off) {
  world w{policy(strategy::one_for_one), {child("a"), with_grace("b", 1s)}};
  w.boot();
  w.done();
  w.plans["b"].stop = at_stop::is_immortal;
  w.shutdown().advance(3s);
  BOOST_TEST(w.done() == "stop b, kill b, cut_off b, stop a, exit");
  BOOST_TEST(w.count(kind::child_lost) == 1);
  auto slot = w.core.find("b");
  w.core.down(slot, 2, killed, w.now); // it comes round after all
  BOOST_TEST(w.core.actions().empty());
}

BOOST_AUTO_TEST_CASE(
  rule_98_child_that_cannot_be_reached_is_lost_and_not_dead) {
  auto w = three();
  w.reports.clear();
  w.ends("b", {exit_kind::lost, "its node cannot be reached"});
  BOOST_TEST(w.done() == "cut_off b, start b");
  BOOST_TEST((w.reports[0].what == kind::child_lost));
  BOOST_TEST(w.count(kind::child_ended) == 0);
}

/// There is no hibernation in CAF; an idle supervisor has nothing to do.

/// Cut off rather than believed dead: nothing reaches it any more if it lives.

BOOST_AUTO_TEST_SUITE_END()
