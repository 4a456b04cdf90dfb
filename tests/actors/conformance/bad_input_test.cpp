// Calls that cannot be served: to a supervisor in the middle of its shutdown,
// or from inside its own subtree. An error at once, never a deadlock.

#include <actors/supervision/child.hpp>

#include "tests/actors/conformance/stage.hpp"

using namespace conformance;

namespace {

std::string text_of(const caf::error& x) {
  return x ? actors::text_of(x) : "no error";
}

template <class T>
std::string text_of(const caf::expected<T>& x) {
  return x ? "no error" : actors::text_of(x.error());
}

/// Each blocking call once, to a supervisor.
words call_all(caf::actor_system& sys, const caf::actor& to, child_spec spec) {
  words result{text_of(actors::start_child(sys, to, std::move(spec))),
               text_of(actors::terminate_child(sys, to, "a")),
               text_of(actors::restart_child(sys, to, "a")),
               text_of(actors::delete_child(sys, to, "a")),
               text_of(actors::which_children(sys, to)),
               text_of(actors::count_children(sys, to)),
               text_of(actors::stop_supervisor(sys, to)),
               text_of(actors::spawn_supervisor(sys, "x", {}, nullptr))};
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(conformance_bad_input)

CONFORMANCE_CASE(calls_during_the_shutdown_are_answered_at_once) {
  auto spec = on.team("a");
  spec.children.push_back(
    on.child("b", {{at_start::runs, at_stop::takes_time}}));
  spec.children.push_back(on.child("c"));
  on.run(spec);
  auto b = on.info("b").handle;
  caf::anon_send_exit(on.top(), caf::exit_reason::user_shutdown);
  on.await("child_stopped", "c"); // and now it waits for b
  auto& sys = on.system();
  words refusals{
    text_of(actors::start_child(sys, on.top(), on.child("x"))),
    text_of(actors::terminate_child(sys, on.top(), "a")),
    text_of(actors::restart_child(sys, on.top(), "c")),
    text_of(actors::delete_child(sys, on.top(), "c")),
  };
  for (auto& text : refusals)
    BOOST_TEST(text.find("stopping") != std::string::npos, text);
  BOOST_TEST(on.ids() == "abc");
  caf::anon_send(b, std::string{"go"}, std::string{});
  on.end_of_top();
}

CONFORMANCE_CASE(request_that_waits_when_the_shutdown_begins_is_answered) {
  // A round of one_for_all is under way, so requests wait for its end.
  auto spec = on.team("a", strategy::one_for_all);
  spec.children.push_back(
    on.child("b", {{at_start::runs, at_stop::takes_time}}));
  on.run(spec);
  auto b = on.info("b").handle;
  on.tell("a", "crash");
  on.await("child_ended", "a"); // and now it waits for b
  caf::scoped_actor self{on.system()};
  auto waiting =
    self->request(on.top(), patience,
                  actors::child_request{actors::child_verb::terminate, "a"});
  self->send_exit(on.top(), caf::exit_reason::user_shutdown);
  waiting.receive(
    [](actors::child_reply& x) {
      BOOST_TEST((x.result == actors::op_result::stopping));
    },
    [](caf::error& e) { BOOST_ERROR(actors::text_of(e)); });
  caf::anon_send(b, std::string{"go"}, std::string{});
  on.end_of_top();
}

CONFORMANCE_CASE(blocking_calls_inside_a_child_are_refused_at_once) {
  on.run(on.team("a"));
  auto answers = std::make_shared<std::promise<words>>();
  // An address: a handle in a specification would keep its supervisor.
  auto top = on.top().address();
  auto spec = on.child("never");
  auto caller = actors::actor_child(
    "caller", [=](caf::event_based_actor* self) -> caf::behavior {
      return {[=](const std::string&) {
        answers->set_value(
          call_all(self->system(), caf::actor_cast<caf::actor>(top), spec));
      }};
    });
  if (on.runs_on() == carrier::thread)
    caller.runs_on = carrier::thread;
  auto handle = actors::start_child(on.system(), on.top(), caller);
  BOOST_REQUIRE(handle);
  caf::anon_send(*handle, std::string{"call"});
  auto told = answers->get_future();
  BOOST_REQUIRE((told.wait_for(patience) == std::future_status::ready));
  for (auto& text : told.get())
    BOOST_TEST(text.find("would block an actor") != std::string::npos, text);
  BOOST_TEST(on.ids() == "acaller"); // nothing was done
}

CONFORMANCE_CASE(blocking_calls_in_factories_and_hooks_are_refused_at_once) {
  on.run(on.team("a"));
  words told;
  auto spec = on.child("x");
  auto ask = [&on, &told] {
    told.push_back(
      text_of(actors::terminate_child(on.system(), on.top(), "a")));
  };
  if (on.runs_on() == carrier::process)
    spec.process = [ask, inner = spec.process](const auto& ctx) {
      ask();
      return inner(ctx);
    };
  else
    spec.start = [ask, inner = spec.start](auto& ctx) {
      ask();
      return inner(ctx);
    };
  spec.on_up = [ask](const actors::running_child&) { ask(); };
  spec.on_down = spec.on_up;
  BOOST_REQUIRE(actors::start_child(on.system(), on.top(), spec));
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "x"));
  BOOST_REQUIRE(told.size() == 3u);
  for (auto& text : told)
    BOOST_TEST(text.find("would block an actor") != std::string::npos, text);
  BOOST_TEST(on.state("a") == "running");
}

CONFORMANCE_CASE(child_may_ask_for_its_own_end_by_message) {
  auto spec = on.team("a");
  on.run(spec);
  // An address: a handle in a specification would keep its supervisor.
  auto top = on.top().address();
  auto caller = actors::actor_child(
    "caller", [=](caf::event_based_actor* self) -> caf::behavior {
      return {[=](const std::string&) {
        self
          ->request(
            caf::actor_cast<caf::actor>(top), caf::infinite,
            actors::child_request{actors::child_verb::terminate, "caller"})
          .await([](actors::child_reply&) {});
      }};
    });
  if (on.runs_on() == carrier::thread)
    caller.runs_on = carrier::thread;
  auto handle = actors::start_child(on.system(), on.top(), caller);
  BOOST_REQUIRE(handle);
  caf::anon_send(*handle, std::string{"call"});
  BOOST_TEST(on.await("child_stopped", "caller").reason == "shutdown");
  BOOST_TEST(on.state("caller") == "stopped");
}

BOOST_AUTO_TEST_SUITE_END()
