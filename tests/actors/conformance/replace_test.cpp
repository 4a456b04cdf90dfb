// Behaviours 84 to 89: other specifications for a supervisor that runs.

#include "tests/actors/conformance/stage.hpp"

using namespace conformance;

BOOST_AUTO_TEST_SUITE(conformance_replace)

CONFORMANCE_CASE(rule_84_known_children_run_on_under_their_new_specs) {
  on.run(on.team("ab"));
  auto handle = on.info("a").handle;
  auto spec = on.team("ab");
  spec.children[0].when = restart::temporary;
  BOOST_TEST(!actors::replace_children(on.system(), on.top(), spec));
  BOOST_TEST((on.info("a").handle == handle));
  BOOST_TEST(on.incarnation("a") == 1u);
  on.tell("a", "crash");
  on.await("child_ended", "a");
  BOOST_TEST(on.ids() == "b"); // it is temporary now
}

CONFORMANCE_CASE(rule_85_new_children_are_added_and_not_started) {
  on.run(on.team("a"));
  BOOST_TEST(!actors::replace_children(on.system(), on.top(), on.team("ax")));
  BOOST_TEST(on.ids() == "ax");
  BOOST_TEST(on.state("x") == "stopped");
  BOOST_REQUIRE(actors::restart_child(on.system(), on.top(), "x"));
  BOOST_TEST(on.ask("x", "echo", "here") == "here");
}

CONFORMANCE_CASE(rule_86_children_not_named_stay_after_the_others) {
  on.run(on.team("abc"));
  BOOST_TEST(!actors::replace_children(on.system(), on.top(), on.team("cb")));
  BOOST_TEST(on.ids() == "cba");
  for (auto id : {"a", "b", "c"})
    BOOST_TEST(on.incarnation(id) == 1u);
}

CONFORMANCE_CASE(rule_87_a_new_template_is_for_the_next_starts) {
  on.run(on.pool());
  BOOST_REQUIRE(on.start("a"));
  auto spec = on.pool(restart::temporary);
  spec.max_children = 2;
  BOOST_TEST(!actors::replace_template(on.system(), on.top(), spec));
  BOOST_TEST(on.incarnation("a") == 1u); // runs on
  BOOST_REQUIRE(on.start("b"));
  BOOST_TEST((on.start("c").error() == actors::sup_errc::max_children));
  on.tell("b", "crash");
  on.await("child_ended", "b");
  BOOST_TEST(on.ids() == "a"); // it was temporary
  auto refused = actors::replace_children(on.system(), on.top(), on.team("x"));
  BOOST_TEST((refused == actors::sup_errc::bad_state)); // one template, no list
}

CONFORMANCE_CASE(supervisor_itself_is_changed_while_its_children_run) {
  on.run(on.team("abc"));
  actors::supervisor_changes changes;
  changes.how = strategy::rest_for_one;
  BOOST_TEST(!actors::change_supervisor(on.system(), on.top(), changes));
  for (auto id : {"a", "b", "c"})
    BOOST_TEST(on.incarnation(id) == 1u);
  on.tell("b", "crash");
  on.await("child_started", "c", 2);
  BOOST_TEST(on.incarnation("a") == 1u);
}

CONFORMANCE_CASE(rule_88_bad_specification_changes_nothing) {
  on.run(on.team("ab"));
  auto bad = on.team("bxx");
  auto refused = actors::replace_children(on.system(), on.top(), bad);
  BOOST_TEST((refused == actors::sup_errc::bad_spec));
  BOOST_TEST(on.ids() == "ab");
  BOOST_TEST(on.ask("a", "echo", "still") == "still");
}

CONFORMANCE_CASE(rule_89_auto_shutdown_can_be_switched_at_once) {
  on.run(on.team("ab"));
  auto spec = on.team("ab");
  spec.children[1].when = restart::transient;
  spec.children[1].significant = true;
  auto refused = actors::replace_children(on.system(), on.top(), spec);
  BOOST_TEST((refused == actors::sup_errc::bad_spec)); // under never
  spec.ends = actors::auto_shutdown::any_significant;
  BOOST_TEST(!actors::replace_children(on.system(), on.top(), spec));
  on.tell("b", "quit");
  BOOST_TEST((on.end_of_top() == caf::exit_reason::user_shutdown));
}

BOOST_AUTO_TEST_SUITE_END()
