#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/virtual_system.hpp"

using namespace supervision_tests;
using actors::child_verb;
using actors::restart;
using actors::strategy;

BOOST_FIXTURE_TEST_SUITE(supervisor_tree, virtual_system)

// -- stopping -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(children_stop_in_reverse_order) {
  start(spec_of({counter_child("a"), counter_child("b"), counter_child("c")}));
  story();
  stop();
  BOOST_TEST(story() == "child_stopped c, child_stopped b, child_stopped a");
  BOOST_TEST(end() == "");
  BOOST_TEST(end() == "shutdown");
}

BOOST_AUTO_TEST_CASE(deaf_child_is_killed_after_its_grace) {
  start(spec_of({counter_child("a"), deaf_child("deaf")}));
  story();
  stop();
  BOOST_TEST(story() == "");
  advance(4999ms);
  BOOST_TEST(story() == "");
  advance(1ms);
  BOOST_TEST(story() == "stop_failed deaf, child_stopped a");
}

BOOST_AUTO_TEST_CASE(child_with_no_grace_is_killed_at_once) {
  auto deaf = deaf_child("deaf");
  deaf.grace = 0s;
  start(spec_of({deaf}));
  story();
  stop();
  BOOST_TEST(story() == "child_stopped deaf");
}

BOOST_AUTO_TEST_CASE(supervisor_killed_outright_takes_its_children_with_it) {
  start(spec_of({counter_child("a"), actors::supervisor_child(
                                       "sub", spec_of({counter_child("x")}))}));
  auto a = handle("a");
  auto sub = handle("sub");
  auto x =
    ask<std::vector<actors::child_info>>(sub, actors::which_children_request{});
  BOOST_REQUIRE(x);
  auto incarnations = {actors::stable_handle::of(a).current(),
                       actors::stable_handle::of(x->at(0).handle).current()};
  caf::scoped_actor watcher{sys};
  for (auto& i : incarnations)
    watcher->monitor(caf::actor_cast<caf::actor>(i));
  actors::kill_actor(supervisor);
  run();
  size_t gone = 0;
  watcher->receive_while([&] { return gone < 2; })(
    [&](caf::down_msg& msg) {
      BOOST_TEST((msg.reason == caf::exit_reason::kill));
      ++gone;
    },
    caf::after(0s) >>
      [&] {
        BOOST_ERROR("an incarnation has survived");
        gone = 2;
      });
  BOOST_TEST(!ask<int64_t>(a, add_a::value, int64_t{1}));
  BOOST_TEST((last_error == actors::sup_errc::gone));
}

BOOST_AUTO_TEST_CASE(request_in_progress_is_answered_when_it_is_killed) {
  start(spec_of({}));
  std::vector<actors::acknowledgement> acks;
  auto pending = driver->request(
    supervisor, caf::infinite,
    actors::start_child_request{
      std::make_shared<const actors::child_spec>(slow_child("slow", acks))});
  run();
  actors::kill_actor(supervisor);
  BOOST_TEST(!collect<actors::child_reply>(std::move(pending)));
  BOOST_TEST((last_error == actors::sup_errc::gone));
}

// -- nesting ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(sub_supervisor_that_gives_up_is_restarted_by_its_parent) {
  auto sub =
    spec_of({counter_child("x"), counter_child("y")}, strategy::one_for_one, 0);
  start(spec_of({counter_child("a"), actors::supervisor_child("sub", sub)}));
  auto handle_sub = handle("sub");
  auto x = ask<actors::found_child>(supervisor, actors::find_request{"sub/x"});
  BOOST_REQUIRE(x);
  BOOST_TEST(x->child.path == "top/sub/x");
  story();
  caf::anon_send(x->child.handle, boom_a::value);
  run();
  BOOST_TEST(story()
             == "child_ended x, gave_up sub, child_stopped y, "
                "child_ended sub, escalated sub, restarting sub, "
                "child_started x, child_started y, child_started sub");
  BOOST_TEST((handle("sub") == handle_sub));
  BOOST_TEST(child("sub").last_exit.find("gave up") != std::string::npos);
  BOOST_TEST(child("a").incarnation == 1);
}

BOOST_AUTO_TEST_CASE(transient_sub_supervisor_that_gave_up_stays_down) {
  auto sub = actors::supervisor_child(
    "sub", spec_of({counter_child("x")}, strategy::one_for_one, 0));
  sub.when = restart::transient;
  start(spec_of({sub}));
  auto x = ask<actors::found_child>(supervisor, actors::find_request{"sub/x"});
  caf::anon_send(x->child.handle, boom_a::value);
  run();
  BOOST_TEST(states() == "sub stopped");
}

BOOST_AUTO_TEST_CASE(tree_shows_every_level) {
  start(spec_of({counter_child("a"), actors::supervisor_child(
                                       "sub", spec_of({counter_child("x")},
                                                      strategy::rest_for_one))},
                strategy::one_for_all));
  auto tree = ask<actors::tree_node>(supervisor, actors::tree_request{});
  BOOST_REQUIRE(tree);
  BOOST_TEST(tree->how == "one_for_all");
  BOOST_REQUIRE(tree->children.size() == 2);
  BOOST_TEST(tree->children[1].how == "rest_for_one");
  BOOST_REQUIRE(tree->children[1].children.size() == 1);
  BOOST_TEST(tree->children[1].children[0].self.path == "top/sub/x");
}

BOOST_AUTO_TEST_CASE(unknown_paths_are_not_found) {
  start(spec_of({counter_child("a")}));
  for (auto path : {"b", "b/c", "a/c"}) {
    BOOST_TEST(
      !ask<actors::found_child>(supervisor, actors::find_request{path}));
    BOOST_TEST((last_error == actors::sup_errc::not_found));
  }
  auto self = ask<actors::found_child>(supervisor, actors::find_request{""});
  BOOST_REQUIRE(self);
  BOOST_TEST(self->child.path == "top");
}

// -- faults on purpose --------------------------------------------------------

BOOST_AUTO_TEST_CASE(injected_crash_is_a_crash_like_any_other) {
  start(spec_of({counter_child("a")}));
  driver->send_exit(handle("a"), actors::injected_crash());
  run();
  BOOST_TEST(child("a").incarnation == 2);
  BOOST_TEST(child("a").last_exit == "crashed: injected crash");
}

BOOST_AUTO_TEST_CASE(injected_crash_of_a_supervisor_takes_its_children_along) {
  start(
    spec_of({actors::supervisor_child("sub", spec_of({counter_child("x")}))}));
  driver->send_exit(handle("sub"), actors::injected_crash());
  run();
  BOOST_TEST(child("sub").incarnation == 2);
  BOOST_TEST(child("sub").last_exit == "crashed: injected crash");
}

BOOST_AUTO_TEST_SUITE_END()
