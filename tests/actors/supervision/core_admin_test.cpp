#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

namespace {

world three(strategy how = strategy::one_for_one) {
  world w{policy(how), {child("a"), child("b"), child("c")}};
  w.boot();
  w.done();
  return w;
}

} // namespace

BOOST_AUTO_TEST_SUITE(core_admin)

BOOST_AUTO_TEST_CASE(started_child_comes_last_and_is_answered_when_it_runs) {
  auto w = three();
  w.plans["d"].starts = {at_start::is_silent};
  auto token = w.start_child(child("d"));
  BOOST_TEST(w.answer(token) == "");
  w.started("d");
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST(w.reply(token).child.policy->id == "d");
  BOOST_TEST(w.states() == "a running, b running, c running, d running");
}

BOOST_AUTO_TEST_CASE(start_child_of_a_running_id_says_already_started) {
  auto w = three();
  auto token = w.start_child(child("b"));
  BOOST_TEST(w.answer(token) == "already_started");
  BOOST_TEST(w.reply(token).child.slot == w.core.find("b"));
  BOOST_TEST(w.incarnation("b") == 1);
}

BOOST_AUTO_TEST_CASE(start_child_of_a_stopped_id_says_already_present) {
  auto w = three();
  w.terminate("b");
  BOOST_TEST(w.answer(w.start_child(child("b"))) == "already_present");
}

BOOST_AUTO_TEST_CASE(start_child_that_fails_leaves_no_specification) {
  auto w = three();
  w.plans["d"].starts = {at_start::fails};
  auto token = w.start_child(child("d"));
  BOOST_TEST(w.answer(token) == "start_failed");
  BOOST_TEST(w.reply(token).text == "crashed: boom");
  BOOST_TEST(w.reply(token).child.policy->id == "d");
  BOOST_TEST(!w.knows("d"));
  BOOST_TEST(w.done() == "start d, forget d");
}

BOOST_AUTO_TEST_CASE(start_child_that_fails_does_not_use_the_budget) {
  world w{policy(strategy::one_for_one, 0), {}};
  w.boot();
  w.plans["d"].starts = {at_start::fails};
  w.start_child(child("d"));
  BOOST_TEST(!w.core.ended());
}

BOOST_AUTO_TEST_CASE(start_child_that_declines_is_no_error) {
  auto w = three();
  w.plans["d"].starts = w.plans["e"].starts = {at_start::declines};
  BOOST_TEST(w.answer(w.start_child(child("d"))) == "ignored");
  BOOST_TEST((w.state("d") == child_state::stopped));
  auto e = w.start_child(child("e", restart::temporary));
  BOOST_TEST(w.answer(e) == "ignored");
  BOOST_TEST(w.reply(e).child.policy->id == "e");
  BOOST_TEST(!w.knows("e"));
}

BOOST_AUTO_TEST_CASE(start_child_with_a_bad_policy_names_the_value) {
  auto w = three();
  auto bad = child("d");
  bad.grace = -1s;
  auto token = w.start_child(bad);
  BOOST_TEST(w.answer(token) == "invalid");
  BOOST_TEST(w.reply(token).text == "child 'd': grace must not be negative");
  BOOST_TEST(!w.knows("d"));
}

BOOST_AUTO_TEST_CASE(terminate_stops_the_child_and_keeps_its_specification) {
  auto w = three();
  auto token = w.terminate("b");
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST(w.done() == "stop b");
  BOOST_TEST(w.states() == "a running, b stopped, c running");
}

BOOST_AUTO_TEST_CASE(terminate_of_a_temporary_child_drops_its_specification) {
  world w{policy(strategy::one_for_one), {child("a", restart::temporary)}};
  w.boot();
  auto token = w.terminate("a");
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST(w.reply(token).child.policy->id == "a");
  BOOST_TEST(!w.knows("a"));
}

BOOST_AUTO_TEST_CASE(terminate_is_answered_when_the_child_is_gone) {
  auto w = three();
  w.plans["b"].stop = at_stop::is_deaf;
  auto first = w.terminate("b");
  auto second = w.terminate("b");
  BOOST_TEST(w.answer(first) == "");
  w.advance(5s);
  BOOST_TEST(w.answer(first) == "ok");
  BOOST_TEST(w.answer(second) == "ok");
  BOOST_TEST(w.done() == "stop b, kill b");
}

BOOST_AUTO_TEST_CASE(terminate_of_a_stopped_child_is_ok) {
  auto w = three();
  w.terminate("b");
  BOOST_TEST(w.answer(w.terminate("b")) == "ok");
}

BOOST_AUTO_TEST_CASE(terminate_of_a_starting_child_answers_both) {
  auto w = three();
  w.plans["d"].starts = {at_start::is_silent};
  auto start = w.start_child(child("d"));
  auto stop = w.terminate("d");
  BOOST_TEST(w.answer(start) == "start_failed");
  BOOST_TEST(w.answer(stop) == "ok");
  BOOST_TEST(!w.knows("d"));
}

BOOST_AUTO_TEST_CASE(terminate_while_a_slow_start_is_killed_prevents_the_next) {
  auto slow = child("slow");
  slow.start_within = 1s;
  world w{policy(strategy::one_for_one), {slow}};
  w.boot();
  w.plans["slow"] = {{at_start::is_silent}, at_stop::is_immortal};
  w.ends("slow");
  w.advance(1s); // not acknowledged: killed, but not gone
  BOOST_TEST((w.state("slow") == child_state::killing));
  auto token = w.terminate("slow");
  w.advance(1min);
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST((w.state("slow") == child_state::stopped));
}

BOOST_AUTO_TEST_CASE(restart_child_is_for_stopped_children_only) {
  auto w = three();
  BOOST_TEST(w.answer(w.restart_it("b")) == "running");
  w.terminate("b");
  w.done();
  BOOST_TEST(w.answer(w.restart_it("b")) == "ok");
  BOOST_TEST(w.done() == "start b");
  BOOST_TEST(w.answer(w.restart_it("x")) == "not_found");
}

BOOST_AUTO_TEST_CASE(restart_child_that_fails_keeps_the_specification) {
  auto w = three();
  w.terminate("b");
  w.plans["b"].starts = {at_start::fails};
  auto token = w.restart_it("b");
  BOOST_TEST(w.answer(token) == "start_failed");
  BOOST_TEST((w.state("b") == child_state::stopped));
  w.done();
  BOOST_TEST(w.advance(1h).done() == ""); // nobody tries again
}

BOOST_AUTO_TEST_CASE(delete_child_is_for_stopped_children_only) {
  auto w = three();
  BOOST_TEST(w.answer(w.remove("b")) == "running");
  w.terminate("b");
  auto token = w.remove("b");
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST(w.reply(token).child.policy->id == "b");
  BOOST_TEST(w.states() == "a running, c running");
  BOOST_TEST(w.answer(w.remove("b")) == "not_found");
}

BOOST_AUTO_TEST_CASE(unknown_ids_are_not_found) {
  auto w = three();
  BOOST_TEST(w.answer(w.terminate("x")) == "not_found");
  BOOST_TEST(w.answer(w.restart_it("x")) == "not_found");
  BOOST_TEST(w.answer(w.remove("x")) == "not_found");
}

BOOST_AUTO_TEST_CASE(child_in_a_restart_loop_answers_restarting) {
  auto w = three();
  w.plans["b"].starts = {at_start::fails};
  w.ends("b"); // the retry waits in the mailbox: time stands still
  BOOST_TEST((w.state("b") == child_state::restarting));
  BOOST_TEST(w.answer(w.restart_it("b")) == "restarting");
  BOOST_TEST(w.answer(w.remove("b")) == "restarting");
  BOOST_TEST(w.answer(w.start_child(child("b"))) == "already_started");
}

BOOST_AUTO_TEST_CASE(terminate_calls_a_restart_loop_off) {
  auto w = three();
  w.plans["b"].starts = {at_start::fails};
  w.ends("b");
  BOOST_TEST(w.answer(w.terminate("b")) == "ok");
  w.done();
  BOOST_TEST(w.advance(1h).done() == ""); // the stale retry means nothing
  w.plans["b"].starts = {at_start::starts};
  BOOST_TEST(w.answer(w.restart_it("b")) == "ok");
  BOOST_TEST(w.states() == "a running, b running, c running");
}

BOOST_AUTO_TEST_CASE(requests_wait_while_siblings_are_restarted_together) {
  auto w = three(strategy::one_for_all);
  w.plans["b"].stop = at_stop::is_deaf;
  w.ends("a");
  auto token = w.start_child(child("d"));
  BOOST_TEST(w.answer(token) == "");
  w.advance(5s);
  BOOST_TEST(w.answer(token) == "ok");
  BOOST_TEST(w.done()
             == "stop c, stop b, kill b, start a, start b, start c, start d");
}

BOOST_AUTO_TEST_CASE(requests_are_refused_while_the_supervisor_stops) {
  auto w = three();
  w.plans["c"].stop = at_stop::is_deaf;
  w.shutdown();
  for (auto token : {w.start_child(child("d")), w.terminate("a"),
                     w.restart_it("a"), w.remove("a")})
    BOOST_TEST(w.answer(token) == "stopping");
}

BOOST_AUTO_TEST_CASE(requests_in_progress_are_answered_when_it_stops) {
  auto w = three();
  w.plans["d"].starts = {at_start::is_silent};
  w.plans["b"].stop = at_stop::is_deaf;
  auto start = w.start_child(child("d"));
  auto stop = w.terminate("b");
  w.shutdown().advance(1min);
  BOOST_TEST(w.answer(start) == "stopping");
  BOOST_TEST(w.answer(stop) == "ok");
  BOOST_TEST(w.core.ended());
}

BOOST_AUTO_TEST_CASE(counts_tell_specs_active_supervisors_and_workers) {
  auto sub = child("sub");
  sub.kind = child_kind::supervisor;
  world w{policy(strategy::one_for_one), {child("a"), sub, child("c")}};
  w.boot();
  auto n = w.core.count_children();
  BOOST_TEST(n.specs == 3);
  BOOST_TEST(n.active == 3);
  BOOST_TEST(n.supervisors == 1);
  BOOST_TEST(n.workers == 2);
  w.terminate("a");
  w.plans["c"].starts = {at_start::fails};
  w.ends("c"); // restarting: not active
  n = w.core.count_children();
  BOOST_TEST(n.specs == 3);
  BOOST_TEST(n.active == 1);
}

BOOST_AUTO_TEST_CASE(counts_hold_for_many_children_and_mass_deaths) {
  std::vector<child_policy> many;
  for (int i = 0; i < 2000; ++i)
    many.push_back(child("c" + std::to_string(i),
                         i % 2 == 0 ? restart::temporary : restart::transient));
  world w{policy(strategy::one_for_one), many};
  w.boot();
  BOOST_TEST(w.core.count_children().active == 2000);
  for (int i = 0; i < 2000; ++i)
    w.ends("c" + std::to_string(i), normal);
  BOOST_TEST(w.core.count_children().specs == 1000);
  BOOST_TEST(w.core.count_children().active == 0);
}

BOOST_AUTO_TEST_CASE(slots_of_dropped_children_are_used_again) {
  world w{policy(strategy::one_for_one), {}};
  w.boot();
  for (int i = 0; i < 100; ++i) {
    w.start_child(child("t" + std::to_string(i), restart::temporary));
    BOOST_TEST(w.core.find("t" + std::to_string(i)) == 0);
    w.ends("t" + std::to_string(i), normal);
  }
  BOOST_TEST(w.core.count_children().specs == 0);
}

BOOST_AUTO_TEST_SUITE_END()
