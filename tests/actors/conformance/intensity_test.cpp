// Behaviours 54 to 64: restart budgets, and what happens while a child does
// not come back.

#include "tests/actors/conformance/stage.hpp"

using namespace conformance;

namespace {

/// A child that comes up once and then fails to start so often; after each
/// try the supervisor waits long enough to be asked, or for ever.
child_spec broken(stage& on, const std::string& id, size_t fails) {
  auto spec = on.child(id, failing(fails));
  spec.delay = {1h, 1h, 1.0, 1h};
  return spec;
}

} // namespace

BOOST_AUTO_TEST_SUITE(conformance_intensity)

CONFORMANCE_CASE(rule_54_intensity_zero_gives_up_at_the_first_failure) {
  auto spec = on.team("ab");
  spec.max_restarts = 0;
  on.run(spec);
  on.forget();
  on.tell("a", "crash");
  BOOST_TEST((on.end_of_top() == caf::exit_reason::user_shutdown));
  words expected{"ended a", "gave_up ", "stopped b"};
  BOOST_TEST(on.history({"ended", "gave_up", "stopped", "started"}) == expected,
             boost::test_tools::per_element());
}

CONFORMANCE_CASE(rule_55_all_children_share_one_budget) {
  auto spec = on.team("abc");
  spec.max_restarts = 2;
  on.run(spec);
  for (auto id : {"a", "b"}) {
    on.tell(id, "crash");
    on.await("child_started", id, 2);
  }
  BOOST_TEST(on.count("gave_up", "") == 0u);
  on.tell("c", "crash");
  on.await("gave_up", "");
  BOOST_TEST((on.end_of_top() == caf::exit_reason::user_shutdown));
}

CONFORMANCE_CASE(rule_56_failed_start_in_a_restart_counts_and_is_retried) {
  auto spec = on.team("");
  spec.max_restarts = 3;
  spec.children = {on.child("a", failing(2))};
  on.run(spec);
  on.tell("a", "crash");
  on.await("child_started", "a", 2);
  BOOST_TEST(on.count("start_failed", "a") == 2u);
  BOOST_TEST(on.incarnation("a") == 4u);
  on.tell("a", "crash"); // the fourth
  on.await("gave_up", "");
}

CONFORMANCE_CASE(rule_57_supervisor_answers_during_a_restart_loop) {
  auto spec = on.team("a");
  spec.children.push_back(on.child("b", failing(1'000'000)));
  on.run(spec);
  on.tell("b", "crash");
  on.await("start_failed", "b");
  BOOST_TEST(on.ids() == "ab");
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "a"));
  on.await("start_failed", "b", 3); // it has gone on
  on.stop();
  BOOST_TEST((on.end_of_top() == caf::exit_reason::user_shutdown));
}

CONFORMANCE_CASE(rule_58_child_in_the_loop_shows_as_restarting) {
  auto spec = on.team("a");
  spec.children.push_back(broken(on, "b", 1'000'000));
  on.run(spec);
  on.tell("b", "crash");
  on.await("start_failed", "b");
  BOOST_TEST(on.state("b") == "restarting");
  BOOST_TEST(actors::count_children(on.system(), on.top())->active == 1u);
  auto again = actors::restart_child(on.system(), on.top(), "b");
  BOOST_REQUIRE(!again);
  BOOST_TEST(actors::text_of(again.error()).find("restarting")
             != std::string::npos);
  auto removed = actors::delete_child(on.system(), on.top(), "b");
  BOOST_TEST(actors::text_of(removed).find("restarting") != std::string::npos);
  BOOST_TEST(on.ask("b", "echo", "?").front() == '[');
}

CONFORMANCE_CASE(rule_59_terminate_child_ends_the_loop) {
  auto spec = on.team("a");
  spec.children.push_back(on.child("b", failing(1'000'000)));
  on.run(spec);
  on.tell("b", "crash");
  on.await("start_failed", "b", 2);
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "b"));
  auto tries = on.count("start_failed", "b");
  BOOST_TEST(on.state("b") == "stopped");
  // A try that was on its way would come before these.
  on.tell("a", "crash");
  on.await("child_started", "a", 2);
  BOOST_TEST(on.count("start_failed", "b") == tries);
  BOOST_TEST(on.state("b") == "stopped");
}

CONFORMANCE_CASE(rule_60_restart_child_works_after_the_loop) {
  auto spec = on.team("a");
  spec.children.push_back(broken(on, "b", 1));
  on.run(spec);
  on.tell("b", "crash");
  on.await("start_failed", "b");
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "b"));
  BOOST_REQUIRE(actors::restart_child(on.system(), on.top(), "b"));
  BOOST_TEST(on.ask("b", "echo", "back") == "back");
}

CONFORMANCE_CASE(rule_61_rest_for_one_loop_leaves_later_ones_stopped) {
  auto spec = on.team("a", strategy::rest_for_one);
  spec.children.push_back(broken(on, "b", 1'000'000));
  spec.children.push_back(on.child("c"));
  on.run(spec);
  on.tell("b", "crash");
  on.await("start_failed", "b");
  BOOST_TEST(on.state("a") == "running");
  BOOST_TEST(on.state("b") == "restarting");
  BOOST_TEST(on.state("c") != "running");
  BOOST_TEST(actors::count_children(on.system(), on.top())->active == 1u);
}

CONFORMANCE_CASE(rule_62_giving_up_stops_all_in_reverse) {
  auto spec = on.team("abcd");
  spec.max_restarts = 0;
  on.run(spec);
  on.forget();
  on.tell("b", "crash");
  BOOST_TEST((on.end_of_top() == caf::exit_reason::user_shutdown));
  words expected{"ended b", "gave_up ", "stopped d", "stopped c", "stopped a"};
  BOOST_TEST(on.history({"ended", "gave_up", "stopped", "started"}) == expected,
             boost::test_tools::per_element());
  BOOST_TEST(on.processes().running() == 0u);
}

CONFORMANCE_CASE(rule_63_parent_restarts_a_permanent_one_that_gave_up) {
  auto below = on.team("a");
  below.max_restarts = 0;
  auto spec = on.team("");
  for (auto when :
       {restart::permanent, restart::transient, restart::temporary}) {
    auto child = actors::supervisor_child("s" + to_string(when), below);
    child.when = when;
    spec.children.push_back(std::move(child));
  }
  on.run(spec);
  for (auto id : {"spermanent", "stransient", "stemporary"}) {
    auto sub = actors::which_children(on.system(), on.info(id).handle);
    BOOST_REQUIRE(sub);
    caf::anon_send(sub->front().handle, std::string{"crash"}, std::string{});
    BOOST_TEST(on.await("child_ended", id).reason == "shutdown");
  }
  on.await("child_started", "spermanent", 2);
  BOOST_TEST(on.state("spermanent") == "running");
  BOOST_TEST(on.state("stransient") == "stopped");
  BOOST_TEST(on.state("stemporary") == "absent");
}

BOOST_AUTO_TEST_SUITE_END()
