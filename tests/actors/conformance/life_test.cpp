// Children that hang, and children that say that all is well.

#include "tests/actors/conformance/stage.hpp"

using namespace conformance;

BOOST_AUTO_TEST_SUITE(conformance_life)

CONFORMANCE_CASE(hung_child_is_found_killed_and_replaced) {
  auto spec = on.team("ab");
  spec.lost_after = 100ms;
  spec.children[0].liveness = 500ms;
  on.run(spec);
  on.hang("a");
  auto hung = on.await("child_hung", "a");
  BOOST_TEST(hung.incarnation == 1u);
  auto end = on.await(
    on.runs_on() == carrier::process ? "child_ended" : "child_lost", "a");
  BOOST_TEST(end.incarnation == 1u);
  on.await("child_started", "a", 2);
  BOOST_TEST(on.ask("a", "echo", "new") == "new");
  BOOST_TEST(on.incarnation("b") == 1u);
  // An actor cannot be killed: it is left behind until it comes round.
  auto lost = on.runs_on() == carrier::process ? 0u : 1u;
  BOOST_TEST(on.info("a").lost == lost);
  release_hung();
  if (lost > 0)
    on.await("lost_child_gone", "a");
  BOOST_TEST(on.info("a").lost == 0u);
}

CONFORMANCE_CASE(hung_children_are_replaced_by_the_strategy) {
  auto spec = on.team("abc", strategy::one_for_all);
  spec.lost_after = 100ms;
  spec.children[1].liveness = 500ms;
  on.run(spec);
  on.hang("b");
  for (auto id : {"a", "b", "c"})
    on.await("child_started", id, 2);
  for (auto id : {"a", "b", "c"})
    BOOST_TEST(on.ask(id, "echo", id) == id);
}

CONFORMANCE_CASE(hung_child_of_a_dynamic_supervisor_is_replaced_alone) {
  auto spec = on.pool();
  spec.lost_after = 100ms;
  spec.child.liveness = 500ms;
  on.run(spec);
  for (auto id : {"a", "b"})
    BOOST_REQUIRE(on.start(id));
  on.hang("a");
  on.await("child_started", "a", 2);
  BOOST_TEST(on.ask("a", "echo", "new") == "new");
  BOOST_TEST(on.incarnation("b") == 1u);
}

CONFORMANCE_CASE(child_that_says_it_is_healthy_need_not_back_off) {
  auto spec = on.team("a");
  spec.seed = 7;
  spec.children[0].delay = {1h, 1h, 1.0, 1h};
  on.run(spec);
  for (size_t n = 1; n <= 2; ++n) { // the second in a row would wait
    on.ask("a", "healthy");
    on.tell("a", "crash", "boom");
    BOOST_TEST(on.await("restarting", "a", n).duration_us == 0);
    on.await("child_started", "a", n + 1);
  }
  on.tell("a", "crash", "boom");
  BOOST_TEST(on.await("restarting", "a", 3).duration_us > 0);
}

CONFORMANCE_CASE(reports_say_all_there_is_to_know) {
  auto spec = on.team("ab");
  spec.max_restarts = 5;
  spec.children[0].when = restart::transient;
  on.run(spec);
  auto pid = on.info("a").pid;
  on.tell("a", "crash", "out of luck");
  on.await("child_started", "a", 2);
  auto is_process = on.runs_on() == carrier::process;
  for (auto kind : {"child_started", "child_ended", "restarting"}) {
    auto x = on.await(kind, "a");
    BOOST_TEST_CONTEXT(kind) {
      BOOST_TEST(x.supervisor == "top");
      BOOST_TEST(x.child == "a");
      BOOST_TEST(x.restart == "transient");
      BOOST_TEST(x.carrier == to_string(on.runs_on()));
      BOOST_TEST(x.incarnation == 1u);
      BOOST_TEST(x.pid == pid);
      BOOST_TEST((x.pid != 0) == is_process);
      BOOST_TEST(x.duration_us >= 0);
      if (x.kind == "child_started")
        continue;
      BOOST_TEST(x.reason == "crashed");
      BOOST_TEST(x.text.find("out of luck") != std::string::npos);
    }
  }
  BOOST_TEST(on.await("child_started", "a").restarts_left == 5);
  BOOST_TEST(on.await("child_ended", "a").restarts_left == 5);
  BOOST_TEST(on.await("restarting", "a").restarts_left == 4);
}

BOOST_AUTO_TEST_SUITE_END()
