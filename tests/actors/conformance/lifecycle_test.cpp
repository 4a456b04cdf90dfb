// Behaviours 76 to 98, as far as a system can show them: automatic shutdown,
// reports, scale, and what C++ adds.

#include <actors/supervision/stable_handle.hpp>

#include "tests/actors/conformance/stage.hpp"

using namespace conformance;

namespace {

child_spec significant(stage& on, const std::string& id, restart when) {
  auto spec = on.child(id, when);
  spec.significant = true;
  return spec;
}

} // namespace

BOOST_AUTO_TEST_SUITE(conformance_lifecycle)

CONFORMANCE_CASE(rule_76_supervisor_outlives_its_children_by_default) {
  auto spec = on.team("");
  spec.children = {on.child("a", restart::temporary)};
  on.run(spec);
  on.tell("a", "quit");
  on.await("child_ended", "a");
  BOOST_TEST(on.ids() == "");
}

CONFORMANCE_CASE(rule_77_first_significant_end_ends_the_supervisor) {
  auto spec = on.team("a");
  spec.ends = actors::auto_shutdown::any_significant;
  spec.children.push_back(significant(on, "b", restart::transient));
  on.run(spec);
  on.tell("b", "quit");
  BOOST_TEST((on.end_of_top() == caf::exit_reason::user_shutdown));
  BOOST_TEST(on.count("child_stopped", "a") == 1u);
}

CONFORMANCE_CASE(rule_78_last_significant_end_ends_the_supervisor) {
  auto spec = on.team("a");
  spec.ends = actors::auto_shutdown::all_significant;
  spec.children.push_back(significant(on, "b", restart::transient));
  spec.children.push_back(significant(on, "c", restart::temporary));
  on.run(spec);
  on.tell("b", "quit");
  on.await("child_ended", "b");
  BOOST_TEST(on.ids() == "abc"); // it goes on
  on.tell("c", "crash");
  BOOST_TEST((on.end_of_top() == caf::exit_reason::user_shutdown));
}

CONFORMANCE_CASE(rule_79_other_children_do_not_end_it) {
  auto spec = on.team("");
  spec.ends = actors::auto_shutdown::any_significant;
  spec.children = {on.child("a", restart::temporary),
                   significant(on, "b", restart::temporary)};
  on.run(spec);
  on.tell("a", "quit");
  on.await("child_ended", "a");
  BOOST_TEST(on.ids() == "b");
}

CONFORMANCE_CASE(rule_80_terminate_child_does_not_end_it) {
  auto spec = on.team("a");
  spec.ends = actors::auto_shutdown::any_significant;
  spec.children.push_back(significant(on, "b", restart::transient));
  on.run(spec);
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "b"));
  BOOST_TEST(on.ids() == "ab");
}

CONFORMANCE_CASE(rule_81_bystanders_do_not_end_it) {
  auto spec = on.team("a", strategy::one_for_all);
  spec.ends = actors::auto_shutdown::any_significant;
  spec.children.push_back(significant(on, "b", restart::transient));
  on.run(spec);
  on.tell("a", "crash");
  on.await("child_started", "b", 2);
  BOOST_TEST(on.ids() == "ab");
  BOOST_TEST(on.state("b") == "running");
}

CONFORMANCE_CASE(rule_82_significant_child_that_crashes_is_restarted) {
  auto spec = on.team("");
  spec.ends = actors::auto_shutdown::any_significant;
  spec.children = {significant(on, "a", restart::transient)};
  on.run(spec);
  on.tell("a", "crash");
  on.await("child_started", "a", 2);
  BOOST_TEST(on.ask("a", "echo", "back") == "back");
}

CONFORMANCE_CASE(rule_83_significant_supervisor_passes_it_on) {
  for (auto passes : {true, false}) {
    auto below = on.team("");
    below.ends = actors::auto_shutdown::any_significant;
    below.children = {significant(on, "a", restart::transient)};
    auto sub = actors::supervisor_child("s", below);
    sub.when = restart::transient;
    sub.significant = passes;
    auto spec = on.team("b");
    spec.ends = actors::auto_shutdown::any_significant;
    spec.children.push_back(sub);
    on.run(spec);
    auto inner = actors::which_children(on.system(), on.info("s").handle);
    BOOST_REQUIRE(inner);
    caf::anon_send(inner->front().handle, std::string{"quit"}, std::string{});
    if (passes) {
      on.end_of_top();
    } else {
      on.await("child_ended", "s");
      BOOST_TEST(on.state("b") == "running");
      BOOST_TEST(on.state("s") == "stopped");
    }
    on.stop();
    on.forget();
  }
}

CONFORMANCE_CASE(rule_90_reports_tell_who_how_often_and_why) {
  auto spec = on.team("a");
  spec.max_restarts = 3;
  on.run(spec);
  on.tell("a", "crash", "boom");
  auto ended = on.await("child_ended", "a");
  BOOST_TEST(ended.carrier == to_string(on.runs_on()));
  BOOST_TEST(ended.incarnation == 1u);
  BOOST_TEST(ended.reason == "crashed");
  BOOST_TEST(ended.text == "boom");
  BOOST_TEST(ended.duration_us >= 0);
  auto started = on.await("child_started", "a", 2);
  BOOST_TEST(started.incarnation == 2u);
  BOOST_TEST(started.duration_us >= 0);
  BOOST_TEST(on.await("restarting", "a").restarts_left == 2);
}

CONFORMANCE_CASE(rule_92_normal_stop_is_no_failed_stop) {
  auto spec = on.team("");
  spec.children = {on.child("a", restart::permanent),
                   on.child("b", restart::transient),
                   on.child("c", restart::temporary)};
  on.run(spec);
  on.stop();
  for (auto id : {"a", "b", "c"}) {
    BOOST_TEST(on.count("child_stopped", id) == 1u);
    BOOST_TEST(on.count("stop_failed", id) == 0u);
    BOOST_TEST(on.count("child_ended", id) == 0u);
  }
}

CONFORMANCE_CASE(rule_93_many_children_start_and_stop) {
  auto n = on.runs_on() == carrier::actor ? 50 * on.many() : on.many();
  auto spec = on.team("");
  for (size_t i = 0; i < n; ++i)
    spec.children.push_back(on.child(std::to_string(i)));
  on.run(spec);
  BOOST_TEST(actors::count_children(on.system(), on.top())->active == n);
  on.stop();
  BOOST_TEST(on.count("child_stopped", "0") == 1u);
  BOOST_TEST(on.count("child_stopped", std::to_string(n - 1)) == 1u);
  BOOST_TEST(on.processes().running() == 0u);
}

CONFORMANCE_CASE(rule_95_exceptions_everywhere_are_exit_reasons) {
  on.run(on.team(""));
  for (auto how : {at_start::throws_early, at_start::throws}) {
    BOOST_TEST(
      !actors::start_child(on.system(), on.top(), on.child("x", {{how, {}}})));
    BOOST_TEST(on.await("start_failed", "x").text == start_problem);
    on.forget();
  }
  BOOST_REQUIRE(actors::start_child(on.system(), on.top(), on.child("x")));
  for (auto verb : {"crash", "timer"}) {
    on.forget();
    on.tell("x", verb, "no row 7");
    auto ended = on.await("child_ended", "x");
    BOOST_TEST(ended.reason == "crashed");
    BOOST_TEST(ended.text == "no row 7");
    on.await("child_started", "x");
  }
}

CONFORMANCE_CASE(rule_96_end_of_an_old_incarnation_is_nobody_elses) {
  on.run(on.team("a"));
  auto old = actors::stable_handle::of(on.info("a").handle).current();
  on.tell("a", "crash");
  on.await("child_started", "a", 2);
  caf::anon_send_exit(old, caf::exit_reason::kill);
  BOOST_TEST(on.ask("a", "echo", "here") == "here");
  BOOST_TEST(on.incarnation("a") == 2u);
  BOOST_TEST(on.count("child_ended", "a") == 1u);
}

CONFORMANCE_CASE(rule_97_child_that_hangs_is_killed_or_cut_off) {
  auto spec = on.team("");
  if (on.runs_on() != carrier::process) // a process is gone when the system
    spec.lost_after = 50ms;             // has come to it, never lost
  else
    spec.lost_after = 60s;
  auto child = on.child("a");
  child.grace = 50ms;
  spec.children = {child};
  on.run(spec);
  on.hang("a");
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "a"));
  if (on.runs_on() == carrier::process) { // it can be killed
    BOOST_TEST(on.await("stop_failed", "a").reason == "killed");
    BOOST_TEST(on.state("a") == "stopped");
  } else {
    BOOST_TEST(on.await("child_lost", "a").reason == "lost");
    BOOST_TEST(on.state("a") == "lost");
  }
  BOOST_REQUIRE(actors::restart_child(on.system(), on.top(), "a"));
  BOOST_TEST(on.ask("a", "echo", "new") == "new");
}

BOOST_AUTO_TEST_SUITE_END()
