// Behaviours 1 to 11: how supervisors and children start.

#include "tests/actors/conformance/stage.hpp"

using namespace conformance;

BOOST_AUTO_TEST_SUITE(conformance_start)

CONFORMANCE_CASE(rule_01_supervisor_without_children_starts_and_shuts_down) {
  on.run(supervisor_spec{});
  BOOST_TEST(on.ids() == "");
  BOOST_TEST(actors::count_children(on.system(), on.top())->specs == 0u);
  on.stop();
  BOOST_TEST((on.end_of_top() == caf::exit_reason::user_shutdown));
}

CONFORMANCE_CASE(rule_04_children_start_one_after_the_other) {
  on.run(on.team("abc"));
  words expected{"start a",   "started a", "start b",
                 "started b", "start c",   "started c"};
  BOOST_TEST(on.history() == expected, boost::test_tools::per_element());
  BOOST_TEST(on.ids() == "abc");
}

CONFORMANCE_CASE(rule_05_failed_start_stops_those_before_in_reverse) {
  auto spec = on.team("ab");
  spec.children.push_back(on.child("c", {{at_start::throws, {}}}));
  spec.children.push_back(on.child("d"));
  auto result = on.try_run(spec);
  BOOST_REQUIRE(!result);
  BOOST_TEST((result.error() == actors::sup_errc::start_failed));
  auto text = actors::text_of(result.error());
  BOOST_TEST(text.find("'c'") != std::string::npos, text);
  BOOST_TEST(text.find(start_problem) != std::string::npos, text);
  words expected{"started a", "started b", "start_failed c", "stopped b",
                 "stopped a"};
  BOOST_TEST(on.history({"started", "start_failed", "stopped", "ended"})
               == expected,
             boost::test_tools::per_element());
  BOOST_TEST(on.processes().running() == 0u);
}

CONFORMANCE_CASE(rule_06_start_may_succeed_decline_fail_or_throw) {
  on.run(on.team(""));
  auto start = [&](at_start how) {
    return actors::start_child(on.system(), on.top(),
                               on.child("x", {{how, {}}}));
  };
  for (auto how :
       {at_start::throws, at_start::throws_early, at_start::says_failed}) {
    auto result = start(how);
    BOOST_REQUIRE(!result);
    BOOST_TEST((result.error() == actors::sup_errc::start_failed));
    auto text = actors::text_of(result.error());
    BOOST_TEST(text.find(start_problem) != std::string::npos, text);
  }
  auto declined = start(at_start::declines);
  BOOST_REQUIRE(declined);
  BOOST_TEST(!*declined); // null, no error
  BOOST_TEST(on.state("x") == "stopped");
  BOOST_TEST(!actors::delete_child(on.system(), on.top(), "x"));
  auto result = start(at_start::runs);
  BOOST_REQUIRE(result);
  BOOST_TEST(on.ask(*result, "echo", "here") == "here");
}

CONFORMANCE_CASE(rule_08_declined_start_keeps_all_specs_but_temporary_ones) {
  auto spec = on.team("");
  plans declines{{at_start::declines, {}}};
  spec.children = {on.child("a", restart::permanent, declines),
                   on.child("b", restart::transient, declines),
                   on.child("c", restart::temporary, declines), on.child("d")};
  on.run(spec);
  BOOST_TEST(on.ids() == "abd");
  BOOST_TEST(on.state("a") == "stopped");
  BOOST_TEST(on.state("b") == "stopped");
  BOOST_TEST(on.state("d") == "running");
}

CONFORMANCE_CASE(rule_10_child_that_fails_to_start_leaves_no_spec) {
  on.run(on.team("a"));
  auto result = actors::start_child(on.system(), on.top(),
                                    on.child("x", {{at_start::throws, {}}}));
  BOOST_REQUIRE(!result);
  BOOST_TEST(on.ids() == "a");
  BOOST_TEST(on.state("a") == "running");
}

CONFORMANCE_CASE(rule_11_failed_restart_child_keeps_the_spec) {
  auto spec = on.team("");
  spec.children = {on.child("a", failing(1))};
  on.run(spec);
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "a"));
  auto failed = actors::restart_child(on.system(), on.top(), "a");
  BOOST_REQUIRE(!failed);
  auto text = actors::text_of(failed.error());
  BOOST_TEST(text.find(start_problem) != std::string::npos, text);
  BOOST_TEST(on.state("a") == "stopped");
  BOOST_REQUIRE(actors::restart_child(on.system(), on.top(), "a"));
  BOOST_TEST(on.ask("a", "echo", "back") == "back");
}

// -- what else a start can be -------------------------------------------------

CONFORMANCE_CASE(start_without_an_actor_or_with_a_dead_one_has_its_reason) {
  on.run(on.team("a"));
  for (auto how : {at_start::makes_nothing, at_start::is_dead}) {
    auto result =
      actors::start_child(on.system(), on.top(), on.child("x", {{how, {}}}));
    BOOST_REQUIRE(!result);
    BOOST_TEST((result.error() == actors::sup_errc::start_failed));
    auto reason = on.await("start_failed", "x");
    BOOST_TEST(!reason.text.empty());
    BOOST_TEST(on.ids() == "a");
    on.forget();
  }
}

CONFORMANCE_CASE(start_that_is_never_acknowledged_is_given_up) {
  on.run(on.team("a"));
  auto spec = on.child("x", {{at_start::is_silent, {}}});
  spec.start_within = 50ms;
  auto result = actors::start_child(on.system(), on.top(), spec);
  BOOST_REQUIRE(!result);
  auto text = actors::text_of(result.error());
  BOOST_TEST(text.find("0.05 s") != std::string::npos, text);
  BOOST_TEST(on.ids() == "a");
  BOOST_TEST(on.processes().running()
             == (on.runs_on() == carrier::process ? 1u : 0u));
}

BOOST_AUTO_TEST_SUITE_END()
