// Supervisors in a virtual system: auto_shutdown, budgets of subtrees and of
// children, health, and how reasons travel.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/virtual_system.hpp"

using namespace supervision_tests;
using actors::exit_status;
using actors::restart;
using actors::strategy;

namespace {

using well_a = caf::atom_constant<caf::atom("well")>;
using done_a = caf::atom_constant<caf::atom("done")>;

caf::behavior patient(caf::event_based_actor* self) {
  return {
    [self](well_a) { actors::healthy(self); },
    [self](done_a) { self->quit(); },
    [](boom_a) { throw std::runtime_error{"boom"}; },
  };
}

actors::child_spec significant(std::string id) {
  auto x = actors::actor_child(std::move(id), patient);
  x.when = restart::transient;
  x.significant = true;
  return x;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(supervisor_policy, virtual_system)

BOOST_AUTO_TEST_CASE(supervisor_ends_with_its_significant_child) {
  auto spec = spec_of({significant("a"), counter_child("b")});
  spec.ends = actors::auto_shutdown::any_significant;
  start(spec);
  story();
  caf::anon_send(handle("a"), done_a::value);
  run();
  BOOST_TEST(story() == "child_ended a, auto_shutdown top, child_stopped b");
  BOOST_TEST(end() == "");
  BOOST_TEST(end() == "shutdown: significant child 'a' has ended");
}

BOOST_AUTO_TEST_CASE(significant_sub_supervisor_takes_its_parent_along) {
  auto below = spec_of({significant("leaf")});
  below.ends = actors::auto_shutdown::any_significant;
  auto sub = actors::supervisor_child("sub", below);
  sub.when = restart::transient;
  sub.significant = true;
  auto spec = spec_of({sub});
  spec.ends = actors::auto_shutdown::all_significant;
  start(spec);
  auto leaf =
    ask<actors::found_child>(supervisor, actors::find_request{"sub/leaf"});
  BOOST_REQUIRE(leaf);
  caf::anon_send(leaf->child.handle, done_a::value);
  run();
  BOOST_TEST(end() == "");
  BOOST_TEST(end() == "shutdown: significant child 'sub' has ended");
}

BOOST_AUTO_TEST_CASE(restarts_at_any_depth_count_in_the_budget_of_a_subtree) {
  auto low = spec_of({counter_child("x")}, strategy::one_for_one, 100);
  auto mid = spec_of({actors::supervisor_child("low", low)});
  auto spec = spec_of({actors::supervisor_child("mid", mid)});
  spec.subtree = actors::budget{2, 5s};
  start(spec);
  for (int i = 0; i < 3; ++i) {
    auto x =
      ask<actors::found_child>(supervisor, actors::find_request{"mid/low/x"});
    BOOST_REQUIRE(x);
    BOOST_TEST(x->child.incarnation == static_cast<uint64_t>(i + 1));
    caf::anon_send(x->child.handle, boom_a::value);
    run();
  }
  BOOST_TEST(end() == "");
  BOOST_TEST(end()
             == "shutdown: gave up: more than 2 restarts within 5 s in the "
                "subtree, last 'mid'");
}

BOOST_AUTO_TEST_CASE(restarts_are_not_told_upward_when_nobody_counts_them) {
  auto low = spec_of({counter_child("x")}, strategy::one_for_one, 100);
  start(spec_of({actors::supervisor_child("low", low)}));
  auto x = ask<actors::found_child>(supervisor, actors::find_request{"low/x"});
  for (int i = 0; i < 50; ++i) {
    caf::anon_send(x->child.handle, boom_a::value);
    run();
  }
  BOOST_TEST(child("low").incarnation == 1);
}

BOOST_AUTO_TEST_CASE(child_that_says_it_is_healthy_starts_its_backoff_anew) {
  auto a = actors::actor_child("a", patient);
  a.delay = {10s, 10s, 1.0, 1h};
  start(spec_of({a}, strategy::one_for_one, 10));
  auto it = handle("a");
  caf::anon_send(it, boom_a::value);
  run();
  caf::anon_send(it, well_a::value);
  run();
  caf::anon_send(it, boom_a::value);
  run();
  BOOST_TEST(states() == "a running"); // without a delay
  caf::anon_send(it, boom_a::value);
  run();
  BOOST_TEST(states() == "a restarting");
}

BOOST_AUTO_TEST_CASE(healthy_means_nothing_to_an_actor_of_another_kind) {
  auto x = sys.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self](well_a) { actors::healthy(self); }};
  });
  caf::anon_send(x, well_a::value);
  run();
}

BOOST_AUTO_TEST_CASE(why_a_supervisor_ended_survives_as_a_reason) {
  using cause = exit_status::cause;
  using kind = exit_status::kind;
  for (auto because : {cause::none, cause::gave_up, cause::start_failed,
                       cause::auto_shutdown}) {
    exit_status x{kind::shutdown, "text", because};
    auto y = actors::status_of(actors::reason_of(x));
    BOOST_TEST((y.how == x.how && y.text == x.text && y.because == because));
  }
  for (auto how : {kind::normal, kind::shutdown, kind::crashed, kind::killed,
                   kind::lost, kind::hung}) {
    auto text = how == kind::normal ? "" : "text";
    auto y = actors::status_of(actors::reason_of({how, text}));
    BOOST_TEST((y.how == how && y.text == text));
  }
}

BOOST_AUTO_TEST_CASE(factory_that_declines_is_no_error) {
  auto shy = counter_child("shy");
  shy.start = [](actors::start_context& ctx) {
    ctx.declines = true;
    return caf::actor{};
  };
  start(spec_of({shy, counter_child("b")}));
  BOOST_TEST(states() == "shy stopped, b running");
  BOOST_TEST((start_child([&] {
                auto x = shy;
                x.id = "other";
                return x;
              }())
                .result
              == actors::op_result::ignored));
}

BOOST_AUTO_TEST_CASE(child_that_runs_cannot_say_that_its_start_failed) {
  std::vector<actors::acknowledgement> acks;
  start(spec_of({slow_child("a", acks)}));
  acks.at(0).started();
  run();
  acks.at(0).failed(actors::injected_crash());
  acks.at(0).ignored();
  run();
  BOOST_TEST(states() == "a running");
  BOOST_TEST(child("a").incarnation == 1);
}

BOOST_AUTO_TEST_CASE(nested_specs_are_checked_with_their_path) {
  auto bad = counter_child("x");
  bad.grace = -1s;
  auto spec = spec_of({actors::supervisor_child("sub", spec_of({bad}))});
  auto err = actors::check(spec, "app");
  BOOST_TEST(actors::text_of(err)
             == "app/sub: child 'x': grace must not be negative");
  start(spec_of({}));
  BOOST_TEST(start_child(spec.children[0]).text
             == "top/sub: child 'x': grace must not be negative");
}

// -- live change --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(rule_88_no_specification_at_all_changes_nothing) {
  start(spec_of({counter_child("a")}));
  auto reply =
    ask<actors::child_reply>(supervisor, actors::replace_request{nullptr});
  BOOST_REQUIRE(reply);
  BOOST_TEST((reply->result == actors::op_result::ignored));
  BOOST_TEST(states() == "a running");
}

BOOST_AUTO_TEST_CASE(running_child_keeps_its_handle_under_a_new_specification) {
  start(spec_of({counter_child("a"), counter_child("b")}));
  auto a = handle("a");
  add(a, 5);
  auto next = spec_of({counter_child("n"), counter_child("a")});
  next.children[1].when = restart::temporary;
  BOOST_TEST((replace(supervisor, next).result == actors::op_result::ok));
  BOOST_TEST(states() == "n stopped, a running, b running");
  BOOST_TEST((handle("a") == a));
  BOOST_TEST(add(a, 1) == 6);
  auto spec =
    ask<actors::found_spec>(supervisor, actors::child_spec_request{"a"});
  BOOST_REQUIRE(spec);
  BOOST_TEST((spec->spec->when == restart::temporary));
  BOOST_TEST((request(actors::child_verb::restart, "n").result
              == actors::op_result::ok));
}

BOOST_AUTO_TEST_CASE(bad_specification_leaves_everything_and_names_the_place) {
  start(spec_of({counter_child("a")}));
  auto bad = spec_of({counter_child("a")});
  bad.children[0].grace = -1s;
  auto reply = replace(supervisor, bad);
  BOOST_TEST((reply.result == actors::op_result::invalid));
  BOOST_TEST(reply.text == "top: child 'a': grace must not be negative");
}

BOOST_AUTO_TEST_CASE(what_was_replaced_lasts_over_restarts_of_the_supervisor) {
  start(
    spec_of({actors::supervisor_child("sub", spec_of({counter_child("x")}))}));
  auto sub = handle("sub");
  replace(sub, spec_of({counter_child("y"), counter_child("z")},
                       strategy::rest_for_one));
  actors::child_changes changes;
  changes.grace = 1s;
  ask<actors::child_reply>(sub, actors::replace_child_request{"z", changes});
  request(actors::child_verb::kill, "sub");
  auto xs =
    ask<std::vector<actors::child_info>>(sub, actors::which_children_request{});
  BOOST_REQUIRE(xs);
  BOOST_REQUIRE(xs->size() == 2);
  BOOST_TEST(xs->at(0).id == "y");
  BOOST_TEST(xs->at(1).id == "z");
  auto z = ask<actors::found_spec>(sub, actors::child_spec_request{"z"});
  BOOST_REQUIRE(z);
  BOOST_TEST((z->spec->grace == 1s));
  auto how = ask<actors::supervisor_policy>(sub, actors::policy_request{});
  BOOST_REQUIRE(how);
  BOOST_TEST((how->how == strategy::rest_for_one));
}

BOOST_AUTO_TEST_CASE(
  new_specification_of_a_supervisor_counts_at_its_next_start) {
  start(
    spec_of({actors::supervisor_child("sub", spec_of({counter_child("x")}))}));
  auto sub = handle("sub");
  replace(sub, spec_of({counter_child("y")}));
  replace(
    supervisor,
    spec_of({actors::supervisor_child("sub", spec_of({counter_child("n")}))}));
  request(actors::child_verb::kill, "sub");
  auto xs =
    ask<std::vector<actors::child_info>>(sub, actors::which_children_request{});
  BOOST_REQUIRE(xs);
  BOOST_REQUIRE(xs->size() == 1);
  BOOST_TEST(xs->at(0).id == "n");
}

BOOST_AUTO_TEST_CASE(one_child_is_changed_by_request) {
  start(spec_of({counter_child("a"), counter_child("b")}));
  actors::child_changes changes;
  changes.when = restart::temporary;
  auto reply = ask<actors::child_reply>(
    supervisor, actors::replace_child_request{"a", changes});
  BOOST_REQUIRE(reply);
  BOOST_TEST((reply->result == actors::op_result::ok));
  caf::anon_send(handle("a"), boom_a::value);
  run();
  BOOST_TEST(states() == "b running");
  auto none = ask<actors::child_reply>(
    supervisor, actors::replace_child_request{"x", changes});
  BOOST_TEST((none->result == actors::op_result::not_found));
}

BOOST_AUTO_TEST_CASE(changed_supervisor_keeps_its_children_and_its_change) {
  start(
    spec_of({actors::supervisor_child("sub", spec_of({counter_child("x")}))}));
  auto sub = handle("sub");
  actors::supervisor_changes changes;
  changes.how = strategy::one_for_all;
  changes.max_restarts = 9;
  auto reply =
    ask<actors::child_reply>(sub, actors::change_supervisor_request{changes});
  BOOST_REQUIRE(reply);
  BOOST_TEST((reply->result == actors::op_result::ok));
  for (auto again : {false, true}) {
    if (again)
      request(actors::child_verb::kill, "sub");
    auto how = ask<actors::supervisor_policy>(sub, actors::policy_request{});
    BOOST_REQUIRE(how);
    BOOST_TEST((how->how == strategy::one_for_all));
    BOOST_TEST(how->max_restarts == 9u);
    BOOST_TEST((how->within == 5s)); // nobody has asked for another one
    auto xs = ask<std::vector<actors::child_info>>(
      sub, actors::which_children_request{});
    BOOST_REQUIRE(xs);
    BOOST_TEST(xs->at(0).incarnation == 1u);
  }
}

BOOST_AUTO_TEST_CASE(change_of_a_supervisor_that_is_no_good_changes_nothing) {
  start(spec_of({counter_child("a", restart::transient)}));
  actors::supervisor_changes changes;
  changes.max_restarts = 7;
  changes.within = 0s;
  auto reply = ask<actors::child_reply>(
    supervisor, actors::change_supervisor_request{changes});
  BOOST_TEST((reply->result == actors::op_result::invalid));
  BOOST_TEST(reply->text == "within must be positive, for example 5s");
  changes = {};
  changes.max_children = 3;
  reply = ask<actors::child_reply>(supervisor,
                                   actors::change_supervisor_request{changes});
  BOOST_TEST((reply->result == actors::op_result::unsupported));
  auto how =
    ask<actors::supervisor_policy>(supervisor, actors::policy_request{});
  BOOST_TEST(how->max_restarts == 3u);
}

BOOST_AUTO_TEST_CASE(part_of_a_backoff_is_changed_without_the_rest) {
  auto a = counter_child("a");
  a.delay = {1s, 8s, 3.0, 1h};
  start(spec_of({a}));
  actors::child_changes changes;
  changes.delay.max = 20s;
  ask<actors::child_reply>(supervisor,
                           actors::replace_child_request{"a", changes});
  auto now =
    ask<actors::found_spec>(supervisor, actors::child_spec_request{"a"});
  BOOST_REQUIRE(now);
  BOOST_TEST((now->spec->delay.min == 1s));
  BOOST_TEST((now->spec->delay.max == 20s));
  BOOST_TEST(now->spec->delay.factor == 3.0);
}

BOOST_AUTO_TEST_CASE(what_is_replaced_is_told_as_an_event) {
  start(spec_of({counter_child("a")}));
  actors::child_changes changes;
  changes.when = restart::transient;
  changes.grace = 250ms;
  ask<actors::child_reply>(supervisor,
                           actors::replace_child_request{"a", changes});
  BOOST_REQUIRE(!events.empty());
  BOOST_TEST(events.back().kind == "replaced");
  BOOST_TEST(events.back().path == "top/a");
  BOOST_TEST(events.back().text == "restart = transient, grace = 0.25 s");
}

BOOST_AUTO_TEST_SUITE_END()
