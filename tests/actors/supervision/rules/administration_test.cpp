// Behaviours 22 to 36: what can be asked of a supervisor.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using kind = supervision_report::kind;

BOOST_AUTO_TEST_SUITE(rules_administration)

BOOST_AUTO_TEST_CASE(rule_22_start_child_of_a_running_id_says_already_started) {
  auto w = three();
  auto token = w.start_child(child("b"));
  BOOST_TEST(w.answer(token) == "already_started");
  BOOST_TEST(w.reply(token).child.slot == w.core.find("b"));
  BOOST_TEST(w.incarnation("b") == 1);
}

BOOST_AUTO_TEST_CASE(rule_23_start_child_of_a_stopped_id_says_already_present) {
  auto w = three();
  w.terminate("b");
  BOOST_TEST(w.answer(w.start_child(child("b"))) == "already_present");
}

BOOST_AUTO_TEST_CASE(rule_24_terminate_keeps_the_specification) {
  auto w = three();
  auto token = w.terminate("b");
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST(w.done() == "stop b");
  BOOST_TEST(w.states() == "a running, b stopped, c running");
}

BOOST_AUTO_TEST_CASE(rule_24_terminate_of_a_temporary_child_drops_its_spec) {
  world w{policy(strategy::one_for_one), {child("a", restart::temporary)}};
  w.boot();
  auto token = w.terminate("a");
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST(w.reply(token).child.policy->id == "a");
  BOOST_TEST(!w.knows("a"));
}

BOOST_AUTO_TEST_CASE(rule_25_terminate_of_a_stopped_child_is_ok) {
  auto w = three();
  w.terminate("b");
  BOOST_TEST(w.answer(w.terminate("b")) == "ok");
}

BOOST_AUTO_TEST_CASE(rule_26_unknown_ids_are_not_found) {
  auto w = three();
  BOOST_TEST(w.answer(w.terminate("x")) == "not_found");
  BOOST_TEST(w.answer(w.restart_it("x")) == "not_found");
  BOOST_TEST(w.answer(w.remove("x")) == "not_found");
}

BOOST_AUTO_TEST_CASE(rule_27_restart_child_is_for_stopped_children_only) {
  auto w = three();
  BOOST_TEST(w.answer(w.restart_it("b")) == "running");
  w.terminate("b");
  w.done();
  BOOST_TEST(w.answer(w.restart_it("b")) == "ok");
  BOOST_TEST(w.done() == "start b");
  BOOST_TEST(w.answer(w.restart_it("x")) == "not_found");
}

BOOST_AUTO_TEST_CASE(rule_27_restart_child_says_running_restarting_not_found) {
  auto w = three();
  w.plans["c"].starts = {at_start::fails};
  w.ends("c");
  BOOST_TEST(w.answer(w.restart_it("a")) == "running");
  BOOST_TEST(w.answer(w.restart_it("c")) == "restarting");
  BOOST_TEST(w.answer(w.restart_it("x")) == "not_found");
}

BOOST_AUTO_TEST_CASE(rule_28_child_in_a_restart_loop_answers_restarting) {
  auto w = three();
  w.plans["b"].starts = {at_start::fails};
  w.ends("b"); // the retry waits in the mailbox: time stands still
  BOOST_TEST((w.state("b") == child_state::restarting));
  BOOST_TEST(w.answer(w.restart_it("b")) == "restarting");
  BOOST_TEST(w.answer(w.remove("b")) == "restarting");
  BOOST_TEST(w.answer(w.start_child(child("b"))) == "already_started");
}

BOOST_AUTO_TEST_CASE(rule_28_delete_child_is_for_stopped_children_only) {
  auto w = three();
  BOOST_TEST(w.answer(w.remove("b")) == "running");
  w.terminate("b");
  auto token = w.remove("b");
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST(w.reply(token).child.policy->id == "b");
  BOOST_TEST(w.states() == "a running, c running");
  BOOST_TEST(w.answer(w.remove("b")) == "not_found");
}

BOOST_AUTO_TEST_CASE(rule_30_which_children_lists_in_start_order) {
  auto w = three();
  w.terminate("b");
  w.plans["c"].starts = {at_start::fails};
  w.ends("c");
  BOOST_TEST(w.states() == "a running, b stopped, c restarting");
  auto views = w.core.which_children();
  BOOST_REQUIRE(views.size() == 3);
  BOOST_TEST((views[0].policy->kind == child_kind::worker));
}

BOOST_AUTO_TEST_CASE(rule_31_a_child_is_found_by_its_id_or_not) {
  auto w = three();
  BOOST_REQUIRE(w.core.find("b") != no_slot);
  BOOST_TEST(w.core.view(w.core.find("b")).policy->id == "b");
  BOOST_TEST(w.core.find("x") == no_slot);
}

BOOST_AUTO_TEST_CASE(rule_32_specification_of_a_child_has_all_its_values) {
  world w{policy(strategy::one_for_one), {child("a")}};
  w.boot();
  auto spec = w.core.view(0).policy;
  BOOST_TEST((spec->when == restart::permanent));
  BOOST_TEST((spec->grace == 5s));
  BOOST_TEST((spec->liveness == infinite));
  BOOST_TEST(!spec->significant);
}

BOOST_AUTO_TEST_CASE(rule_36_start_child_does_not_block_the_supervisor) {
  auto w = three();
  w.plans["d"].starts = {at_start::is_silent};
  auto slow = w.start_child(child("d"));
  BOOST_TEST(w.answer(w.start_child(child("e"))) == "ok");
  w.done();
  BOOST_TEST(w.ends("a").done() == "start a");
  BOOST_TEST(w.answer(slow) == "");
  w.started("d");
  BOOST_TEST(w.answer(slow) == "ok");
}

/// In the order in which they start, not newest first.

/// Starting one child does not keep the supervisor from its other duties.

BOOST_AUTO_TEST_SUITE_END()
