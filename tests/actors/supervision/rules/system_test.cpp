// Behaviours that take actors to show: 2, 3, 32, 34, 35, 52, 53, 63, 75, 95.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/virtual_system.hpp"

using namespace supervision_tests;
using actors::child_verb;
using actors::op_result;
using actors::strategy;

namespace {

using later_a = caf::atom_constant<caf::atom("later")>;

/// Throws where it is told to.
actors::child_spec thrower(const std::string& id, const std::string& where) {
  return actors::actor_child(id, [where](caf::event_based_actor* self) {
    if (where == "init")
      throw std::runtime_error{"in init"};
    return caf::behavior{
      [](boom_a) { throw std::runtime_error{"in a handler"}; },
      [self](later_a) { self->delayed_send(self, 1s, boom_a::value); },
    };
  });
}

class breaks_when_made : public caf::event_based_actor {
public:
  explicit breaks_when_made(caf::actor_config& cfg)
    : caf::event_based_actor{cfg} {
    throw std::runtime_error{"in its constructor"};
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rules_system, virtual_system)

BOOST_AUTO_TEST_CASE(
  rule_02_factory_of_a_supervisor_that_declines_is_no_error) {
  auto sub = actors::supervisor_child("sub", spec_of({counter_child("x")}));
  sub.start = [](actors::start_context& ctx) {
    ctx.declines = true;
    return caf::actor{};
  };
  start(spec_of({sub, counter_child("b")}));
  BOOST_TEST(states() == "sub stopped, b running");
  BOOST_TEST(story() == "child_started b");
}

BOOST_AUTO_TEST_CASE(rule_03_bad_specification_is_an_error_and_starts_nothing) {
  auto bad = spec_of({counter_child("a")});
  bad.within = 0s;
  auto top = actors::spawn_supervisor(sys, "app", bad, runtime);
  BOOST_REQUIRE(!top);
  BOOST_TEST((top.error() == actors::sup_errc::bad_spec));
  BOOST_TEST(actors::text_of(top.error())
             == "app: within must be positive, for example 5s");
  run();
  BOOST_TEST(events.empty());
}

BOOST_AUTO_TEST_CASE(rule_15_missing_start_is_said) {
  auto none = counter_child("a");
  none.start = nullptr;
  BOOST_TEST(actors::text_of(actors::check(spec_of({none}), "app"))
             == "app: child 'a': an actor needs `start`");
  none.runs_on = actors::carrier::process;
  BOOST_TEST(actors::text_of(actors::check(none))
             == "child 'a': a process needs `process`");
}

BOOST_AUTO_TEST_CASE(
  rule_32_specification_of_a_child_is_told_with_its_defaults) {
  start(spec_of({counter_child("a")}));
  auto found =
    ask<actors::found_spec>(supervisor, actors::child_spec_request{"a"});
  BOOST_REQUIRE(found);
  BOOST_TEST(found->spec->id == "a");
  BOOST_TEST((found->spec->when == actors::restart::permanent));
  BOOST_TEST((found->spec->grace == 5s));
  BOOST_TEST(
    !ask<actors::found_spec>(supervisor, actors::child_spec_request{"x"}));
  BOOST_TEST((last_error == actors::sup_errc::not_found));
}

BOOST_AUTO_TEST_CASE(rule_31_one_child_is_shown_by_its_id) {
  start(spec_of({counter_child("a"), counter_child("b")}));
  auto reply = request(child_verb::show, "b");
  BOOST_TEST((reply.result == op_result::ok));
  BOOST_TEST(reply.child.path == "top/b");
  BOOST_TEST((request(child_verb::show, "x").result == op_result::not_found));
}

BOOST_AUTO_TEST_CASE(rule_34_policy_of_a_running_supervisor_can_be_asked) {
  start(spec_of({}, strategy::rest_for_one, 7));
  auto found =
    ask<actors::supervisor_policy>(supervisor, actors::policy_request{});
  BOOST_REQUIRE(found);
  BOOST_TEST((found->how == strategy::rest_for_one));
  BOOST_TEST(found->max_restarts == 7);
}

BOOST_AUTO_TEST_CASE(rule_35_unexpected_messages_are_said_and_dropped) {
  start(spec_of({counter_child("a")}));
  story();
  caf::anon_send(supervisor, std::string{"what?"}, 42);
  caf::anon_send(supervisor, caf::error{caf::sec::runtime_error});
  run();
  BOOST_TEST(story() == "unexpected_message top");
  BOOST_TEST(add(handle("a"), 1) == 1);
}

BOOST_AUTO_TEST_CASE(
  rule_52_restarted_supervisor_has_its_static_children_only) {
  start(
    spec_of({actors::supervisor_child("sub", spec_of({counter_child("x")}))}));
  auto sub = handle("sub");
  ask<actors::child_reply>(
    sub, actors::start_child_request{std::make_shared<const actors::child_spec>(
           counter_child("dynamic"))});
  request(child_verb::kill, "sub");
  auto xs =
    ask<std::vector<actors::child_info>>(sub, actors::which_children_request{});
  BOOST_REQUIRE(xs);
  BOOST_REQUIRE(xs->size() == 1);
  BOOST_TEST(xs->at(0).id == "x");
}

BOOST_AUTO_TEST_CASE(rule_53_killed_supervisor_comes_back_with_fresh_children) {
  start(
    spec_of({actors::supervisor_child("sub", spec_of({counter_child("x")}))}));
  auto find_x = [this] {
    return ask<actors::found_child>(supervisor, actors::find_request{"sub/x"})
      ->child.handle;
  };
  auto before = find_x();
  BOOST_TEST(add(before, 5) == 5);
  request(child_verb::kill, "sub");
  BOOST_TEST(child("sub").incarnation == 2);
  BOOST_TEST((find_x() != before));
  BOOST_TEST(add(find_x(), 1) == 1);
}

BOOST_AUTO_TEST_CASE(rule_63_restarts_up_the_tree_are_the_product_of_budgets) {
  auto starts = std::make_shared<int>(0);
  auto x = actors::actor_child("x", [starts](caf::event_based_actor*) {
    ++*starts;
    return caf::behavior{[](boom_a) { throw std::runtime_error{"x"}; }};
  });
  start(spec_of(
    {actors::supervisor_child("sub", spec_of({x}, strategy::one_for_one, 2))},
    strategy::one_for_one, 1));
  for (int i = 0; i < 6; ++i)
    if (auto found =
          ask<actors::found_child>(supervisor, actors::find_request{"sub/x"})) {
      caf::anon_send(found->child.handle, boom_a::value);
      run();
    }
  BOOST_TEST(*starts == 6); // (1 + 2) * (1 + 1)
  BOOST_TEST(end() == "");
  BOOST_TEST(end().find("gave up") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rule_75_death_of_the_parent_ends_the_whole_subtree) {
  start(
    spec_of({actors::supervisor_child("sub", spec_of({counter_child("x")}))}));
  auto x = ask<actors::found_child>(supervisor, actors::find_request{"sub/x"});
  BOOST_REQUIRE(x);
  auto incarnation = actors::stable_handle::of(x->child.handle).current();
  caf::scoped_actor watcher{sys};
  watcher->monitor(caf::actor_cast<caf::actor>(incarnation));
  actors::kill_actor(supervisor);
  run();
  auto gone = false;
  watcher->receive([&](caf::down_msg&) { gone = true; },
                   caf::after(0s) >> [] {});
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(rule_95_exceptions_anywhere_are_exit_reasons) {
  start(spec_of({thrower("a", "")}, strategy::one_for_one, 10));
  caf::anon_send(handle("a"), boom_a::value);
  run();
  BOOST_TEST(child("a").last_exit == "crashed: in a handler");
  caf::anon_send(handle("a"), later_a::value); // a timer
  run();
  advance(1s);
  BOOST_TEST(child("a").incarnation == 3);
  auto init = start_child(thrower("init", "init"));
  BOOST_TEST(init.text == "crashed: in init");
  auto made = counter_child("made");
  made.start = [](actors::start_context& ctx) -> caf::actor {
    return ctx.system.spawn<breaks_when_made>();
  };
  BOOST_TEST(start_child(made).text == "crashed: in its constructor");
  auto factory = counter_child("factory");
  factory.start = [](actors::start_context&) -> caf::actor { throw 42; };
  BOOST_TEST(start_child(factory).text == "crashed: unknown exception");
}

BOOST_AUTO_TEST_CASE(rule_98_lost_connection_is_not_taken_for_a_death) {
  auto status = actors::status_of(caf::exit_reason::remote_link_unreachable);
  BOOST_TEST((status.how == actors::exit_status::kind::lost));
}

BOOST_AUTO_TEST_SUITE_END()
