#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/virtual_system.hpp"

using namespace supervision_tests;
using actors::child_verb;
using actors::op_result;
using actors::strategy;

BOOST_FIXTURE_TEST_SUITE(supervisor, virtual_system)

// -- start --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(children_start_in_order_each_after_the_last_acknowledged) {
  std::vector<actors::acknowledgement> acks;
  start(
    spec_of({counter_child("a"), slow_child("b", acks), counter_child("c")}));
  BOOST_TEST(story() == "child_started a");
  acks.at(0).started();
  run();
  BOOST_TEST(story() == "child_started b, child_started c");
}

BOOST_AUTO_TEST_CASE(start_that_fails_stops_those_before_and_says_why) {
  auto bad = counter_child("bad");
  bad.start = [](actors::start_context&) -> caf::actor {
    throw std::runtime_error{"no such file"};
  };
  start(spec_of({counter_child("a"), bad, counter_child("c")}));
  BOOST_TEST(story() == "child_started a, start_failed bad, child_stopped a");
  std::string why;
  driver->receive([&](actors::start_outcome& x) { why = x.why.text; });
  BOOST_TEST(why == "failed to start child 'bad': crashed: no such file");
  BOOST_TEST(end() == "shutdown: " + why);
}

BOOST_AUTO_TEST_CASE(init_that_throws_keeps_its_text) {
  start(spec_of(
    {actors::actor_child("bad", [](caf::event_based_actor*) -> caf::behavior {
      throw std::runtime_error{"column 3 is not a number"};
    })}));
  BOOST_REQUIRE(events.size() == 1);
  BOOST_TEST(events[0].kind == "start_failed");
  BOOST_TEST(events[0].text == "column 3 is not a number");
}

BOOST_AUTO_TEST_CASE(factory_that_returns_no_actor_is_a_failed_start) {
  start(spec_of({}));
  auto spec = counter_child("none");
  spec.start = [](actors::start_context&) { return caf::actor{}; };
  auto reply = start_child(spec);
  BOOST_TEST((reply.result == op_result::start_failed));
  BOOST_TEST(reply.text == "crashed: the factory returned no actor");
  BOOST_TEST(states() == "");
}

BOOST_AUTO_TEST_CASE(factory_that_returns_a_dead_actor_is_a_failed_start) {
  start(spec_of({}));
  auto dead = sys.spawn(
    [](caf::event_based_actor* self) { self->quit(caf::exit_reason::kill); });
  run();
  auto spec = counter_child("dead");
  spec.start = [&](actors::start_context& ctx) {
    ctx.acknowledges = true;
    return dead;
  };
  BOOST_TEST((start_child(spec).result == op_result::start_failed));
}

BOOST_AUTO_TEST_CASE(child_that_never_acknowledges_is_killed_in_time) {
  std::vector<actors::acknowledgement> acks;
  auto spec = slow_child("slow", acks);
  spec.start_within = 2s;
  start(spec_of({counter_child("a"), spec}));
  advance(2s);
  BOOST_TEST(end() == "");
  BOOST_TEST(end().find("not acknowledged within 2 s") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(child_that_declines_is_no_error) {
  start(spec_of({}));
  std::vector<actors::acknowledgement> acks;
  auto pending = driver->request(
    supervisor, caf::infinite,
    actors::start_child_request{
      std::make_shared<const actors::child_spec>(slow_child("shy", acks))});
  run();
  acks.at(0).ignored();
  auto reply = collect<actors::child_reply>(std::move(pending));
  BOOST_REQUIRE(reply);
  BOOST_TEST((reply->result == op_result::ignored));
  BOOST_TEST(states() == "shy stopped");
}

BOOST_AUTO_TEST_CASE(bad_specs_are_refused_before_anything_starts) {
  start(spec_of({}));
  auto nameless = counter_child("");
  auto reply = start_child(nameless);
  BOOST_TEST((reply.result == op_result::invalid));
  BOOST_TEST(reply.text == "top: a child has an empty id: give it a name");
  auto twice = spec_of({counter_child("a"), counter_child("a")});
  BOOST_TEST(actors::text_of(actors::check(twice)).find("'a'")
             != std::string::npos);
}

// -- restarts -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(crashed_child_answers_again_behind_the_same_handle) {
  start(spec_of({counter_child("a")}));
  auto a = handle("a");
  BOOST_TEST(add(a, 5) == 5);
  BOOST_TEST(!ask<int64_t>(a, boom_a::value));
  BOOST_TEST(actors::text_of(last_error) == "the counter broke");
  BOOST_TEST(add(a, 1) == 1); // a new incarnation: it starts from nothing
  auto info = child("a");
  BOOST_TEST(info.restarts == 1);
  BOOST_TEST(info.incarnation == 2);
  BOOST_TEST(info.last_exit == "crashed: the counter broke");
  BOOST_TEST((info.handle == a));
}

BOOST_AUTO_TEST_CASE(crash_of_an_own_exception_handler_is_its_own_business) {
  start(spec_of({actors::actor_child("own", [](caf::event_based_actor* self) {
    self->set_exception_handler(
      [](caf::scheduled_actor*, std::exception_ptr&) -> caf::error {
        return actors::make_sup_error(actors::sup_errc::bad_state, "mine");
      });
    return caf::behavior{[](boom_a) { throw std::runtime_error{"x"}; }};
  })}));
  caf::anon_send(handle("own"), boom_a::value);
  run();
  BOOST_TEST(child("own").last_exit == "crashed: mine");
}

BOOST_AUTO_TEST_CASE(thing_thrown_that_is_no_exception_is_a_crash) {
  start(spec_of({actors::actor_child("odd", [](caf::event_based_actor*) {
    return caf::behavior{[](boom_a) { throw 42; }};
  })}));
  caf::anon_send(handle("odd"), boom_a::value);
  run();
  BOOST_TEST(child("odd").last_exit == "crashed: unknown exception");
}

BOOST_AUTO_TEST_CASE(one_for_all_gives_every_child_a_new_incarnation) {
  start(spec_of({counter_child("a"), counter_child("b"), counter_child("c")},
                strategy::one_for_all));
  story();
  caf::anon_send(handle("b"), boom_a::value);
  run();
  BOOST_TEST(story()
             == "child_ended b, restarting b, child_stopped c, "
                "child_stopped a, child_started a, child_started b, "
                "child_started c");
}

BOOST_AUTO_TEST_CASE(rest_for_one_spares_the_earlier_ones) {
  start(spec_of({counter_child("a"), counter_child("b"), counter_child("c")},
                strategy::rest_for_one));
  story();
  caf::anon_send(handle("b"), boom_a::value);
  run();
  BOOST_TEST(story()
             == "child_ended b, restarting b, child_stopped c, "
                "child_started b, child_started c");
}

BOOST_AUTO_TEST_CASE(failing_restart_is_retried_until_the_budget_is_spent) {
  auto fragile = counter_child("a");
  auto starts = std::make_shared<int>(0);
  fragile.start = [starts, good = fragile.start](actors::start_context& ctx) {
    if (++*starts > 1)
      throw std::runtime_error{"again"};
    return good(ctx);
  };
  start(spec_of({counter_child("b"), fragile}));
  caf::anon_send(handle("a"), boom_a::value);
  run();
  BOOST_TEST(*starts == 4); // 1 + 3 restarts
  BOOST_TEST(end() == "");
  BOOST_TEST(end().find("gave up: more than 3 restarts within 5 s, last 'a'")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(backoff_waits_and_the_supervisor_answers_meanwhile) {
  auto a = counter_child("a");
  a.delay = {10s, 10s, 1.0, 60s};
  start(spec_of({a, counter_child("b")}, strategy::one_for_one, 10));
  auto handle_a = handle("a");
  caf::anon_send(handle_a, boom_a::value);
  run();
  caf::anon_send(handle_a, boom_a::value);
  run();
  BOOST_TEST(states() == "a restarting, b running");
  BOOST_TEST(add(handle("b"), 1) == 1);
  advance(10s);
  BOOST_TEST(states() == "a running, b running");
}

// -- administration -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(children_come_and_go_by_request) {
  start(spec_of({counter_child("a")}));
  auto reply = start_child(counter_child("b"));
  BOOST_TEST((reply.result == op_result::ok));
  BOOST_TEST(reply.child.path == "top/b");
  BOOST_TEST(add(reply.child.handle, 1) == 1);
  BOOST_TEST(
    (start_child(counter_child("b")).result == op_result::already_started));
  BOOST_TEST((request(child_verb::remove, "b").result == op_result::running));
  BOOST_TEST((request(child_verb::terminate, "b").result == op_result::ok));
  BOOST_TEST(states() == "a running, b stopped");
  BOOST_TEST(
    (start_child(counter_child("b")).result == op_result::already_present));
  auto again = request(child_verb::restart, "b");
  BOOST_TEST((again.result == op_result::ok));
  BOOST_TEST((again.child.handle == reply.child.handle));
  request(child_verb::terminate, "b");
  auto removed = request(child_verb::remove, "b");
  BOOST_TEST((removed.result == op_result::ok));
  BOOST_TEST(removed.child.id == "b");
  BOOST_TEST(states() == "a running");
  BOOST_TEST(
    (request(child_verb::restart, "b").result == op_result::not_found));
}

BOOST_AUTO_TEST_CASE(start_child_with_a_factory_that_throws_says_why) {
  start(spec_of({}));
  auto bad = counter_child("bad");
  bad.start = [](actors::start_context&) -> caf::actor {
    throw std::runtime_error{"no memory"};
  };
  auto reply = start_child(bad);
  BOOST_TEST((reply.result == op_result::start_failed));
  BOOST_TEST(reply.text == "crashed: no memory");
  BOOST_TEST(reply.child.id == "bad");
  BOOST_TEST(states() == "");
}

BOOST_AUTO_TEST_CASE(counts_tell_specs_active_supervisors_and_workers) {
  start(spec_of({counter_child("a"), counter_child("b"),
                 actors::supervisor_child("sub", spec_of({}))}));
  request(child_verb::terminate, "a");
  auto n =
    ask<actors::child_counts>(supervisor, actors::count_children_request{});
  BOOST_REQUIRE(n);
  BOOST_TEST(n->specs == 3);
  BOOST_TEST(n->active == 2);
  BOOST_TEST(n->supervisors == 1);
  BOOST_TEST(n->workers == 2);
}

BOOST_AUTO_TEST_CASE(killed_child_is_restarted) {
  start(spec_of({counter_child("a")}));
  BOOST_TEST((request(child_verb::kill, "a").result == op_result::ok));
  BOOST_TEST(child("a").last_exit == "killed");
  BOOST_TEST(child("a").incarnation == 2);
}

BOOST_AUTO_TEST_CASE(unexpected_message_is_said_and_dropped) {
  start(spec_of({counter_child("a")}));
  BOOST_TEST(!ask<int64_t>(supervisor, std::string{"what?"}));
  BOOST_TEST((last_error == caf::sec::unexpected_message));
  BOOST_TEST(events.back().kind == "unexpected_message");
  caf::anon_send(supervisor, caf::error{caf::sec::runtime_error});
  run();
  BOOST_TEST(states() == "a running");
}

BOOST_AUTO_TEST_CASE(hook_that_throws_does_not_harm_the_supervisor) {
  auto rt = std::make_shared<actors::supervision_runtime>();
  rt->on_event = [](const actors::event&) { throw std::runtime_error{"log"}; };
  runtime = rt;
  auto a = counter_child("a");
  a.on_up = [](const actors::running_child&) {
    throw std::runtime_error{"up"};
  };
  a.on_down = [](const actors::running_child&) { throw 1; };
  start(spec_of({a}));
  caf::anon_send(handle("a"), boom_a::value);
  run();
  BOOST_TEST(child("a").incarnation == 2);
}

BOOST_AUTO_TEST_CASE(hooks_tell_of_each_incarnation_once) {
  std::string log;
  auto a = counter_child("a");
  a.on_up = [&](const actors::running_child& x) {
    log += "+" + std::to_string(x.incarnation);
  };
  a.on_down = [&](const actors::running_child& x) {
    BOOST_TEST(x.path == "top/a");
    log += "-" + std::to_string(x.incarnation);
  };
  start(spec_of({a}));
  caf::anon_send(handle("a"), boom_a::value);
  run();
  stop();
  BOOST_TEST(log == "+1-1+2-2");
}

BOOST_AUTO_TEST_SUITE_END()
