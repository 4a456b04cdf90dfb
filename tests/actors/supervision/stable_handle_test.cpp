#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/virtual_system.hpp"

using namespace supervision_tests;
using actors::child_verb;
using actors::op_result;
using actors::strategy;

BOOST_FIXTURE_TEST_SUITE(stable_handle, virtual_system)

// -- the handle ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(request_between_two_incarnations_fails_fast) {
  auto a = counter_child("a");
  a.delay = {10s, 10s, 1.0, 60s};
  start(spec_of({a}, strategy::one_for_one, 10));
  auto handle_a = handle("a");
  for (int i = 0; i < 2; ++i) {
    caf::anon_send(handle_a, boom_a::value);
    run();
  }
  BOOST_TEST(!ask<int64_t>(handle_a, add_a::value, int64_t{1}));
  BOOST_TEST((last_error == actors::sup_errc::restarting));
  caf::anon_send(handle_a, add_a::value, int64_t{1}); // dropped
  advance(10s);
  BOOST_TEST(add(handle_a, 2) == 2);
}

BOOST_AUTO_TEST_CASE(handle_refuses_as_soon_as_the_crash_can_be_seen) {
  start(spec_of({counter_child("a")}));
  auto a = handle("a");
  caf::anon_send(a, boom_a::value);
  scheduler.run_once(); // the child: its supervisor knows nothing yet
  BOOST_TEST(!ask<int64_t>(a, add_a::value, int64_t{1}));
  BOOST_TEST((last_error == actors::sup_errc::restarting));
  BOOST_TEST(add(a, 3) == 3);
}

BOOST_AUTO_TEST_CASE(child_that_tells_of_itself_can_be_reached_at_once) {
  auto a = counter_child("a");
  a.start = [this, plain = a.start](actors::start_context& ctx) {
    auto result = plain(ctx);
    scheduler.run(1); // as on another thread: it runs before we return
    caf::anon_send(ctx.handle, add_a::value, int64_t{5});
    return result;
  };
  start(spec_of({a}));
  BOOST_TEST(add(handle("a"), 1) == 6);
}

BOOST_AUTO_TEST_CASE(child_that_is_late_does_not_take_the_handle_over) {
  auto h = actors::stable_handle::make(sys);
  auto& handle = actors::stable_handle::of(h);
  auto late = sys.spawn(counter);
  auto next = sys.spawn(counter);
  auto self = caf::actor_cast<caf::abstract_actor*>(late);
  handle.expect(1);
  handle.point_to(nullptr); // cut off
  handle.join(self, 1);
  BOOST_TEST(!handle.current());
  handle.expect(2);
  handle.join(self, 1);
  BOOST_TEST(!handle.current());
  handle.point_to(caf::actor_cast<caf::strong_actor_ptr>(next));
  handle.join(self, 2);
  BOOST_TEST((caf::actor_cast<caf::actor>(handle.current()) == next));
  handle.close(caf::exit_reason::user_shutdown);
  actors::reclaim_all_incarnations();
}

BOOST_AUTO_TEST_CASE(monitor_of_the_handle_fires_when_it_is_gone_for_good) {
  start(spec_of({counter_child("a")}));
  auto a = handle("a");
  caf::scoped_actor watcher{sys};
  watcher->monitor(a);
  auto fired = [&] {
    auto result = false;
    watcher->receive([&](caf::down_msg&) { result = true; },
                     caf::after(0s) >> [] {});
    return result;
  };
  caf::anon_send(a, boom_a::value);
  run();
  BOOST_TEST(!fired());
  request(child_verb::terminate, "a");
  BOOST_TEST(!fired()); // it can be started again
  request(child_verb::remove, "a");
  BOOST_TEST(fired());
  BOOST_TEST(!ask<int64_t>(a, add_a::value, int64_t{1}));
  BOOST_TEST((last_error == actors::sup_errc::gone));
}

BOOST_AUTO_TEST_CASE(exit_sent_to_the_handle_reaches_the_incarnation) {
  start(spec_of({counter_child("a")}));
  caf::anon_send_exit(handle("a"), caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(child("a").incarnation == 2);
  BOOST_TEST(child("a").last_exit == "shutdown");
}

BOOST_AUTO_TEST_CASE(suspended_child_gets_its_messages_in_order_on_resume) {
  auto seen = std::make_shared<std::vector<int>>();
  start(spec_of({actors::actor_child("a", [seen](caf::event_based_actor*) {
    return caf::behavior{[seen](int x) { seen->push_back(x); }};
  })}));
  auto a = handle("a");
  BOOST_TEST((request(child_verb::suspend, "a").result == op_result::ok));
  BOOST_TEST(states() == "a suspended");
  for (int i = 0; i < 100; ++i)
    caf::anon_send(a, i);
  run();
  BOOST_TEST(seen->empty());
  request(child_verb::resume, "a");
  caf::anon_send(a, 100);
  run();
  BOOST_REQUIRE(seen->size() == 101);
  BOOST_TEST(std::is_sorted(seen->begin(), seen->end()));
}

BOOST_AUTO_TEST_CASE(suspended_child_refuses_what_exceeds_its_backlog) {
  start(spec_of({counter_child("a")}));
  auto a = handle("a");
  request(child_verb::suspend, "a");
  for (int i = 0; i < 10'000; ++i)
    caf::anon_send(a, add_a::value, int64_t{1});
  BOOST_TEST(!ask<int64_t>(a, add_a::value, int64_t{1}));
  BOOST_TEST((last_error == actors::sup_errc::bad_state));
  request(child_verb::resume, "a");
  BOOST_TEST(add(a, 0) == 10'000);
}

// -- tracing ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(trace_shows_each_message_and_what_became_of_it) {
  auto spec = counter_child("a");
  spec.delay = {10s, 10s, 1.0, 60s};
  start(spec_of({spec}, strategy::one_for_one, 10));
  auto a = handle("a");
  add(a, 1); // before anybody looks
  auto trace = actors::stable_handle::of(a).trace(1h);
  BOOST_TEST(add(a, 2) == 3);
  caf::anon_send(a, boom_a::value);
  run();
  caf::anon_send(a, boom_a::value);
  run();
  ask<int64_t>(a, add_a::value, int64_t{3}); // it is down
  auto seen = trace->since(0);
  BOOST_REQUIRE(seen.size() == 5u);
  BOOST_TEST(seen[0].message == "add 2");
  BOOST_TEST(seen[0].request);
  BOOST_TEST(seen[0].sender
             == caf::to_string(caf::strong_actor_ptr{driver.ptr()->ctrl()}));
  BOOST_TEST(seen[0].outcome == "delivered");
  BOOST_TEST(seen[1].answers == seen[0].id);
  BOOST_TEST(seen[1].message == "3");
  BOOST_TEST(seen[1].outcome == "answered");
  BOOST_TEST(seen[1].latency_us >= 0);
  BOOST_TEST(seen[2].message == "boom");
  BOOST_TEST(!seen[2].request);
  BOOST_TEST(seen[2].sender == "");
  BOOST_TEST(seen[2].answers == 0u);
  BOOST_TEST(seen[4].outcome == "refused");
  BOOST_TEST(trace->since(seen[3].id).size() == 1u);
}

/// Answers `add` by another actor, keeps the promise of `later`, and tells who
/// asks.
caf::behavior secretary(caf::event_based_actor* self) {
  auto other = self->spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](add_a, int64_t x) { return x * 10; }};
  });
  auto kept = std::make_shared<std::vector<caf::response_promise>>();
  return {
    [=](add_a, int64_t x) { return self->delegate(other, add_a::value, x); },
    [=](const std::string&) { kept->push_back(self->make_response_promise()); },
    [=](leave_a) { return caf::to_string(self->current_sender()); }};
}

BOOST_AUTO_TEST_CASE(trace_changes_nothing_for_those_who_talk) {
  start(spec_of({actors::actor_child("a", secretary)}));
  auto a = handle("a");
  auto plain = ask<std::string>(a, leave_a::value);
  auto trace = actors::stable_handle::of(a).trace(1h);
  BOOST_TEST(ask<int64_t>(a, add_a::value, int64_t{4}).value_or(0) == 40);
  BOOST_TEST(ask<std::string>(a, leave_a::value).value_or("") == *plain);
  auto seen = trace->since(0);
  BOOST_REQUIRE(seen.size() == 4u);
  BOOST_TEST(seen[1].message == "40"); // though another actor answered
  BOOST_TEST(seen[3].answers == seen[2].id);
}

BOOST_AUTO_TEST_CASE(trace_shows_answers_that_are_errors_or_never_come) {
  start(spec_of({actors::actor_child("a", secretary)}));
  auto a = handle("a");
  auto trace = actors::stable_handle::of(a).trace(1h);
  ask<int64_t>(a, add_a::value); // understood by nobody
  [[maybe_unused]] auto open =
    driver->request(a, caf::infinite, std::string{"later"});
  run();
  auto seen = trace->since(0);
  BOOST_REQUIRE(seen.size() == 3u);
  BOOST_TEST(seen[1].outcome == "failed");
  BOOST_TEST(seen[1].answers == seen[0].id);
  request(actors::child_verb::kill, "a"); // and with it the promise
  actors::reclaim_incarnations();
  seen = trace->since(seen[2].id);
  BOOST_REQUIRE(seen.size() == 1u);
  BOOST_TEST(seen[0].outcome == "unanswered");
}

BOOST_AUTO_TEST_CASE(trace_shows_answers_to_messages_that_waited) {
  auto spec = counter_child("a");
  spec.while_down = actors::hold(10);
  spec.delay = {10s, 10s, 1.0, 60s};
  start(spec_of({spec}, strategy::one_for_one, 10));
  auto a = handle("a");
  caf::anon_send(a, leave_a::value);
  run();
  caf::anon_send(a, leave_a::value);
  run();
  auto trace = actors::stable_handle::of(a).trace(1h);
  auto answer = driver->request(a, caf::infinite, add_a::value, int64_t{3});
  run();
  BOOST_REQUIRE(trace->since(0).size() == 1u);
  BOOST_TEST(trace->since(0)[0].outcome == "held");
  advance(10s);
  BOOST_TEST(collect<int64_t>(std::move(answer)).value_or(0) == 3);
  auto seen = trace->since(0);
  BOOST_REQUIRE(seen.size() == 2u);
  BOOST_TEST(seen[1].outcome == "answered");
  BOOST_TEST(seen[1].message == "3");
}

BOOST_AUTO_TEST_CASE(trace_ends_when_nobody_has_looked_for_a_while) {
  start(spec_of({counter_child("a")}));
  auto a = handle("a");
  auto trace = actors::stable_handle::of(a).trace(-1s);
  BOOST_TEST(add(a, 1) == 1);
  BOOST_TEST(add(a, 1) == 2);
  BOOST_TEST(trace->last_id() == 0u);
}

BOOST_AUTO_TEST_CASE(trace_keeps_a_bounded_number_and_tells_of_gaps) {
  actors::trace_buffer trace{3};
  for (int i = 0; i < 10; ++i)
    trace.add({});
  BOOST_TEST(trace.last_id() == 10u);
  auto kept = trace.since(2);
  BOOST_REQUIRE(kept.size() == 3u);
  BOOST_TEST(kept.front().id == 8u);
}

BOOST_AUTO_TEST_SUITE_END()
