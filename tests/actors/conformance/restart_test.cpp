// Behaviours 39 to 53: who is restarted after which end, and with whom.

#include "tests/actors/conformance/stage.hpp"

using namespace conformance;

namespace {

/// All ways to end by itself or by force, with the event that tells of it.
struct ending {
  const char* verb; ///< "kill": from outside
  const char* reason;
  bool abnormal;
};

constexpr ending endings[] = {{"quit", "normal", false},
                              {"shutdown", "shutdown", false},
                              {"fail", "crashed", true},
                              {"crash", "crashed", true},
                              {"kill", "killed", true}};

/// Ends the child so and checks how that is told.
void end(stage& on, const std::string& id, const ending& how) {
  if (how.verb == std::string{"kill"})
    on.kill(id);
  else
    on.tell(id, how.verb, "boom");
  auto told = on.await("child_ended", id);
  BOOST_TEST(told.reason == how.reason, how.verb << ": " << told.reason);
  if (how.reason == std::string{"crashed"})
    BOOST_TEST(told.text == "boom");
}

/// One child of this kind ends in every way; whether it came back.
void check_endings(stage& on, restart when) {
  on.run(on.team(""));
  for (auto& how : endings) {
    BOOST_REQUIRE(
      actors::start_child(on.system(), on.top(), on.child("x", when)));
    on.forget();
    end(on, "x", how);
    auto returns = when == restart::permanent
                   || (when == restart::transient && how.abnormal);
    if (returns) {
      on.await("child_started", "x");
      BOOST_TEST(on.incarnation("x") == 2u);
      BOOST_TEST(on.ask("x", "echo", "back") == "back");
      BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "x"));
    }
    BOOST_TEST(on.state("x")
               == (when == restart::temporary ? "absent" : "stopped"));
    if (when == restart::transient && !how.abnormal) { // 42: restartable
      BOOST_REQUIRE(actors::restart_child(on.system(), on.top(), "x"));
      BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "x"));
    }
    if (when != restart::temporary)
      BOOST_TEST(!actors::delete_child(on.system(), on.top(), "x"));
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(conformance_restart)

CONFORMANCE_CASE(rule_39_permanent_child_returns_after_every_end) {
  check_endings(on, restart::permanent);
}

CONFORMANCE_CASE(rule_40_transient_child_returns_after_an_abnormal_end) {
  check_endings(on, restart::transient);
}

CONFORMANCE_CASE(rule_41_temporary_child_never_returns) {
  check_endings(on, restart::temporary);
}

CONFORMANCE_CASE(rule_42_normal_end_keeps_a_transient_spec_only) {
  auto spec = on.team("");
  spec.children = {on.child("a", restart::transient),
                   on.child("b", restart::temporary)};
  on.run(spec);
  on.tell("a", "quit");
  on.tell("b", "quit");
  on.await("child_ended", "a");
  on.await("child_ended", "b");
  BOOST_TEST(on.ids() == "a");
  BOOST_TEST(on.state("a") == "stopped");
  BOOST_REQUIRE(actors::restart_child(on.system(), on.top(), "a"));
  BOOST_TEST(on.state("a") == "running");
}

CONFORMANCE_CASE(rule_43_temporary_bystander_is_dropped_and_costs_nothing) {
  for (auto how : {strategy::one_for_all, strategy::rest_for_one}) {
    auto spec = on.team("a", how);
    spec.max_restarts = 1;
    for (auto id : {"t", "u", "v"})
      spec.children.push_back(on.child(id, restart::temporary));
    on.run(spec);
    on.tell("a", "crash");
    on.await("child_started", "a", 2);
    BOOST_TEST(on.ids() == "a");
    BOOST_TEST(on.count("gave_up", "") == 0u);
    on.stop();
    on.forget();
  }
}

CONFORMANCE_CASE(rule_45_one_for_one_leaves_siblings_alone) {
  on.run(on.team("abc"));
  on.forget();
  on.tell("b", "crash");
  on.await("child_started", "b");
  words expected{"ended b", "start b", "started b"};
  BOOST_TEST(on.history() == expected, boost::test_tools::per_element());
  BOOST_TEST(on.incarnation("a") == 1u);
  BOOST_TEST(on.incarnation("b") == 2u);
  BOOST_TEST(on.incarnation("c") == 1u);
  BOOST_TEST(on.ask("b", "echo", "back") == "back");
}

CONFORMANCE_CASE(rule_46_one_for_all_replaces_all_in_order) {
  on.run(on.team("abc", strategy::one_for_all));
  on.forget();
  on.tell("b", "crash");
  on.await("child_started", "c");
  words expected{"ended b", "stopped c", "stopped a", "start a",  "started a",
                 "start b", "started b", "start c",   "started c"};
  BOOST_TEST(on.history() == expected, boost::test_tools::per_element());
  for (auto id : {"a", "b", "c"})
    BOOST_TEST(on.incarnation(id) == 2u);
  BOOST_TEST(on.ids() == "abc");
}

CONFORMANCE_CASE(rule_47_rest_for_one_replaces_the_later_ones) {
  on.run(on.team("abcd", strategy::rest_for_one));
  on.forget();
  on.tell("b", "crash");
  on.await("child_started", "d");
  words expected{"ended b", "stopped d", "stopped c", "start b",  "started b",
                 "start c", "started c", "start d",   "started d"};
  BOOST_TEST(on.history() == expected, boost::test_tools::per_element());
  BOOST_TEST(on.incarnation("a") == 1u);
  BOOST_TEST(on.ids() == "abcd");
}

CONFORMANCE_CASE(rule_50_one_for_all_stops_the_round_when_one_fails_in_it) {
  auto spec = on.team("a", strategy::one_for_all);
  spec.children.push_back(on.child("b", failing(1)));
  spec.children.push_back(on.child("c"));
  on.run(spec);
  on.forget();
  on.tell("c", "crash");
  on.await("child_started", "c");
  words expected{"ended c",   "stopped b",      "stopped a",
                 "started a", "start_failed b", "stopped a",
                 "started a", "started b",      "started c"};
  BOOST_TEST(on.history({"ended", "stopped", "started", "start_failed"})
               == expected,
             boost::test_tools::per_element());
}

CONFORMANCE_CASE(rule_51_rest_for_one_goes_on_from_the_one_that_failed) {
  auto spec = on.team("ab", strategy::rest_for_one);
  spec.children.push_back(on.child("c", failing(1)));
  on.run(spec);
  on.forget();
  on.tell("a", "crash");
  on.await("child_started", "c");
  words expected{"ended a",   "stopped c",      "stopped b", "started a",
                 "started b", "start_failed c", "started c"};
  BOOST_TEST(on.history({"ended", "stopped", "started", "start_failed"})
               == expected,
             boost::test_tools::per_element());
}

CONFORMANCE_CASE(rule_52_restarted_supervisor_has_its_static_children_only) {
  auto below = on.team("a");
  auto spec = on.team("");
  spec.children = {actors::supervisor_child("s", below)};
  on.run(spec);
  auto sub = on.info("s").handle;
  BOOST_REQUIRE(actors::start_child(on.system(), sub, on.child("x")));
  on.kill("s");
  on.await("child_started", "s", 2);
  auto left = actors::which_children(on.system(), sub);
  BOOST_REQUIRE(left);
  BOOST_REQUIRE(left->size() == 1u);
  BOOST_TEST(left->front().id == "a");
  BOOST_TEST(on.ask(left->front().handle, "echo", "new") == "new");
}

CONFORMANCE_CASE(rule_53_killed_supervisor_comes_back_with_fresh_children) {
  auto below = on.team("ab");
  auto spec = on.team("");
  spec.children = {actors::supervisor_child("s", below)};
  on.run(spec);
  auto old = actors::which_children(on.system(), on.info("s").handle);
  BOOST_REQUIRE(old);
  on.kill("s");
  on.await("child_started", "s", 2);
  auto fresh = actors::which_children(on.system(), on.info("s").handle);
  BOOST_REQUIRE(fresh);
  BOOST_REQUIRE(fresh->size() == 2u);
  for (size_t i = 0; i < 2; ++i) {
    auto& before = (*old)[i];
    auto& after = (*fresh)[i];
    BOOST_TEST((before.handle != after.handle));
    BOOST_TEST(on.ask(after.handle, "echo", "new") == "new");
    BOOST_TEST(on.ask(before.handle, "echo", "old").front() == '[');
  }
}

BOOST_AUTO_TEST_SUITE_END()
