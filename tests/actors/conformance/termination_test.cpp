// Behaviours 65 to 75: how children and supervisors are stopped.

#include "tests/actors/conformance/stage.hpp"

using namespace conformance;

namespace {

plans stops(at_stop how) {
  return {{at_start::runs, how}};
}

/// Asks the supervisor to stop without waiting for it.
void begin_stop(stage& on) {
  caf::anon_send_exit(on.top(), caf::exit_reason::user_shutdown);
}

} // namespace

BOOST_AUTO_TEST_SUITE(conformance_termination)

CONFORMANCE_CASE(rule_65_children_stop_in_reverse_each_gone_before_the_next) {
  auto spec = on.team("a");
  spec.children.push_back(on.child("b", stops(at_stop::takes_time)));
  spec.children.push_back(on.child("c"));
  on.run(spec);
  auto a = on.info("a").handle;
  auto b = on.info("b").handle;
  on.forget();
  begin_stop(on);
  on.await("child_stopped", "c");
  BOOST_TEST(on.ask(a, "echo", "still") == "still"); // b has not ended yet
  BOOST_TEST(on.ask(b, "echo", "still") == "still");
  caf::anon_send(b, std::string{"go"}, std::string{});
  on.end_of_top();
  BOOST_TEST(joined(on.history({"stopped", "stop_failed"}))
             == "stopped c, stopped b, stopped a");
}

CONFORMANCE_CASE(rule_66_child_is_asked_then_killed_after_its_grace) {
  auto spec = on.team("a");
  spec.children.push_back(on.child("b", stops(at_stop::ignores)));
  spec.children.back().grace = 50ms;
  on.run(spec);
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "b"));
  auto told = on.await("stop_failed", "b");
  BOOST_TEST(told.reason == "killed");
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "a"));
  BOOST_TEST(on.await("child_stopped", "a").reason == "shutdown");
}

CONFORMANCE_CASE(rule_67_infinite_grace_never_kills) {
  auto spec = on.team("");
  spec.children.push_back(on.child("a", stops(at_stop::takes_time)));
  spec.children.back().grace = actors::infinite;
  on.run(spec);
  auto a = on.info("a").handle;
  begin_stop(on);
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(on.ask(a, "echo", "still") == "still");
  caf::anon_send(a, std::string{"go"}, std::string{});
  on.end_of_top();
  BOOST_TEST(on.await("child_stopped", "a").reason != "killed");
}

CONFORMANCE_CASE(rule_68_no_grace_kills_at_once) {
  auto spec = on.team("");
  spec.children.push_back(on.child("a", stops(at_stop::ignores)));
  spec.children.back().grace = 0s;
  on.run(spec);
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "a"));
  BOOST_TEST(on.await("child_stopped", "a").reason == "killed");
}

CONFORMANCE_CASE(rule_69_child_cannot_hide_its_end) {
  // In OTP it unlinks itself; here nothing that it can do to links or monitors
  // is what its supervisor waits for.
  auto spec = on.team("a");
  spec.children.push_back(on.child("b", stops(at_stop::quits)));
  on.run(spec);
  caf::scoped_actor self{on.system()};
  self->link_to(on.info("b").handle);
  self->unlink_from(on.info("b").handle);
  on.stop();
  BOOST_TEST(on.count("child_stopped", "a") == 1u);
  BOOST_TEST(on.count("child_stopped", "b") + on.count("stop_failed", "b")
             == 1u);
  BOOST_TEST(on.processes().running() == 0u);
}

CONFORMANCE_CASE(rule_70_real_reason_is_seen_when_a_child_ends_otherwise) {
  auto spec = on.team("a");
  spec.children.push_back(on.child("b", stops(at_stop::is_sour)));
  spec.children.push_back(on.child("c"));
  on.run(spec);
  on.forget();
  on.stop();
  auto told = on.await("stop_failed", "b");
  BOOST_TEST(told.reason == "crashed");
  BOOST_TEST(told.text == "sour");
  BOOST_TEST(joined(on.history({"stopped", "stop_failed"}))
             == "stopped c, stop_failed b, stopped a");
}

CONFORMANCE_CASE(rule_71_other_end_than_asked_is_a_failed_stop) {
  auto spec = on.team("");
  spec.children = {on.child("p", stops(at_stop::quits)),
                   on.child("t", restart::transient, stops(at_stop::quits))};
  on.run(spec);
  on.stop();
  // Even a normal end is not what a permanent child was asked for.
  BOOST_TEST(on.await("child_stopped", "t").reason == "normal");
  BOOST_TEST(on.await("stop_failed", "p").reason == "normal");
}

CONFORMANCE_CASE(rule_72_parallel_stop_waits_for_the_slowest_only) {
  auto n = on.many() / 4;
  auto spec = on.team("");
  spec.stop = actors::stop_order::parallel;
  for (size_t i = 0; i < n; ++i) {
    auto deaf = i % 10 == 0;
    spec.children.push_back(on.child(
      std::to_string(i), stops(deaf ? at_stop::ignores : at_stop::obeys)));
    spec.children.back().grace =
      deaf ? actors::duration{100ms} : actors::duration{patience};
  }
  on.run(spec);
  on.stop(); // one after the other would be n / 10 times 100 ms
  size_t stopped = 0;
  for (size_t i = 0; i < n; ++i)
    stopped += on.count("child_stopped", std::to_string(i));
  BOOST_TEST(stopped == n - (n + 9) / 10);
  BOOST_TEST(on.processes().running() == 0u);
}

CONFORMANCE_CASE(rule_74_supervisor_ends_with_shutdown) {
  on.run(on.team("a"));
  on.stop();
  BOOST_TEST((on.end_of_top() == caf::exit_reason::user_shutdown));
}

CONFORMANCE_CASE(rule_75_end_of_a_supervisor_ends_its_subtree) {
  auto lowest = on.team("a");
  auto below = on.team("b");
  below.children.push_back(actors::supervisor_child("low", lowest));
  auto spec = on.team("c");
  spec.children.push_back(actors::supervisor_child("s", below));
  on.run(spec);
  std::vector<caf::actor> all;
  std::function<void(const caf::actor&)> gather = [&](const caf::actor& x) {
    auto children = actors::which_children(on.system(), x);
    BOOST_REQUIRE(children);
    for (auto& child : *children) {
      all.push_back(child.handle);
      if (child.kind == actors::child_kind::supervisor)
        gather(child.handle);
    }
  };
  gather(on.top());
  BOOST_TEST(all.size() == 5u);
  caf::scoped_actor self{on.system()};
  for (auto& x : all)
    self->monitor(x);
  caf::anon_send_exit(on.top(), caf::exit_reason::kill);
  for (size_t i = 0; i < all.size(); ++i)
    self->receive([](caf::down_msg&) {},
                  caf::after(patience) >>
                    [] { BOOST_FAIL("somebody is left"); });
}

BOOST_AUTO_TEST_SUITE_END()
