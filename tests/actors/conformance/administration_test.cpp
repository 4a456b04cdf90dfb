// Behaviours 15 to 38: bad specifications, and the calls to a supervisor.

#include "tests/actors/conformance/stage.hpp"

using namespace conformance;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string text_of(const caf::error& x) {
  return actors::text_of(x);
}

} // namespace

BOOST_AUTO_TEST_SUITE(conformance_administration)

CONFORMANCE_CASE(rule_15_spec_without_id_or_start_is_refused) {
  on.run(on.team("a"));
  auto nameless = on.child("");
  auto empty = on.child("x");
  empty.start = nullptr;
  empty.process = nullptr;
  words texts;
  for (auto& spec : {nameless, empty}) {
    auto result = actors::start_child(on.system(), on.top(), spec);
    BOOST_REQUIRE(!result);
    BOOST_TEST((result.error() == actors::sup_errc::bad_spec));
    texts.push_back(text_of(result.error()));
  }
  BOOST_TEST(texts[0] != texts[1]);
  BOOST_TEST(contains(texts[1], "'x'"), texts[1]);
  BOOST_TEST(on.ids() == "a");
}

CONFORMANCE_CASE(rule_17_duplicate_ids_are_refused_before_any_start) {
  auto spec = on.team("ab");
  spec.children.push_back(on.child("a"));
  auto result = on.try_run(spec);
  BOOST_REQUIRE(!result);
  BOOST_TEST((result.error() == actors::sup_errc::bad_spec));
  BOOST_TEST(contains(text_of(result.error()), "'a'"));
  BOOST_TEST(on.history().empty());
}

CONFORMANCE_CASE(rule_18_check_starts_nothing) {
  auto spec = on.team("ab");
  BOOST_TEST(!actors::check(spec));
  spec.children[1].grace = -1s;
  BOOST_TEST((actors::check(spec) == actors::sup_errc::bad_spec));
  BOOST_TEST(on.history().empty());
}

CONFORMANCE_CASE(rule_22_id_of_a_child_that_runs_is_taken) {
  on.run(on.team("a"));
  auto result = actors::start_child(on.system(), on.top(), on.child("a"));
  BOOST_REQUIRE(!result);
  BOOST_TEST(contains(text_of(result.error()), "already_started"));
  BOOST_TEST(on.incarnation("a") == 1u);
}

CONFORMANCE_CASE(rule_23_id_of_a_stopped_child_is_taken) {
  on.run(on.team("a"));
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "a"));
  auto result = actors::start_child(on.system(), on.top(), on.child("a"));
  BOOST_REQUIRE(!result);
  BOOST_TEST(contains(text_of(result.error()), "already_present"));
}

CONFORMANCE_CASE(rule_24_terminate_child_keeps_all_specs_but_temporary_ones) {
  auto spec = on.team("a");
  spec.children.push_back(on.child("t", restart::temporary));
  on.run(spec);
  auto handle = on.info("a").handle;
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "a"));
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "t"));
  BOOST_TEST(on.ids() == "a");
  BOOST_TEST(on.state("a") == "stopped");
  BOOST_TEST(on.await("child_stopped", "a").reason == "shutdown");
  BOOST_TEST(on.await("child_stopped", "t").reason == "shutdown");
  BOOST_TEST(on.processes().running() == 0u);
  BOOST_TEST(contains(on.ask(handle, "echo", "?"), "["));
}

CONFORMANCE_CASE(rule_25_terminate_child_of_a_stopped_child_is_ok) {
  on.run(on.team("a"));
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "a"));
  BOOST_TEST(on.count("child_stopped", "a") == 1u);
}

CONFORMANCE_CASE(rule_26_unknown_id_is_not_found) {
  on.run(on.team("a"));
  using actors::sup_errc;
  auto& sys = on.system();
  BOOST_TEST(
    (actors::terminate_child(sys, on.top(), "x") == sup_errc::not_found));
  BOOST_TEST((actors::delete_child(sys, on.top(), "x") == sup_errc::not_found));
  auto restarted = actors::restart_child(sys, on.top(), "x");
  BOOST_REQUIRE(!restarted);
  BOOST_TEST((restarted.error() == sup_errc::not_found));
}

CONFORMANCE_CASE(rule_27_restart_child_is_for_stopped_children) {
  on.run(on.team("a"));
  auto running = actors::restart_child(on.system(), on.top(), "a");
  BOOST_REQUIRE(!running);
  BOOST_TEST(contains(text_of(running.error()), "running"));
  auto before = on.info("a").handle;
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "a"));
  auto again = actors::restart_child(on.system(), on.top(), "a");
  BOOST_REQUIRE(again);
  BOOST_TEST((*again == before)); // one handle for life
  BOOST_TEST(on.ask("a", "echo", "here") == "here");
  BOOST_TEST(on.incarnation("a") == 2u);
}

CONFORMANCE_CASE(rule_28_delete_child_is_for_stopped_children) {
  on.run(on.team("ab"));
  auto running = actors::delete_child(on.system(), on.top(), "a");
  BOOST_TEST(contains(text_of(running), "running"));
  BOOST_TEST(on.ids() == "ab");
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "a"));
  BOOST_TEST(!actors::delete_child(on.system(), on.top(), "a"));
  BOOST_TEST(on.ids() == "b");
}

CONFORMANCE_CASE(rule_30_which_children_tells_all_of_them) {
  on.run(on.team("ab"));
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "b"));
  auto a = on.info("a");
  BOOST_TEST(a.path == "top/a");
  BOOST_TEST((a.runs_on == on.runs_on()));
  BOOST_TEST((a.kind == actors::child_kind::worker));
  BOOST_TEST(a.state == "running");
  BOOST_TEST((a.pid > 0) == (on.runs_on() == carrier::process));
  auto b = on.info("b");
  BOOST_TEST(b.state == "stopped");
  BOOST_TEST(b.pid == 0);
  BOOST_TEST(b.last_exit == "shutdown");
}

CONFORMANCE_CASE(rule_31_child_is_found_by_its_path) {
  on.run(on.team("ab"));
  caf::scoped_actor self{on.system()};
  self->request(on.top(), patience, actors::find_request{"b"})
    .receive([](actors::found_child& x) { BOOST_TEST(x.child.id == "b"); },
             [](caf::error& e) { BOOST_ERROR(actors::text_of(e)); });
  self->request(on.top(), patience, actors::find_request{"x"})
    .receive(
      [](actors::found_child&) { BOOST_ERROR("found"); },
      [](caf::error& e) { BOOST_TEST((e == actors::sup_errc::not_found)); });
}

CONFORMANCE_CASE(rule_33_calls_to_a_dead_supervisor_fail_at_once) {
  on.run(on.team("a"));
  on.stop();
  auto& sys = on.system();
  auto dead = on.top();
  BOOST_TEST(!actors::start_child(sys, dead, on.child("x")));
  BOOST_TEST(!!actors::terminate_child(sys, dead, "a"));
  BOOST_TEST(!actors::restart_child(sys, dead, "a"));
  BOOST_TEST(!!actors::delete_child(sys, dead, "a"));
  BOOST_TEST(!actors::which_children(sys, dead));
  BOOST_TEST(!actors::count_children(sys, dead));
}

CONFORMANCE_CASE(rule_35_unexpected_messages_are_said_and_dropped) {
  on.run(on.team("a"));
  caf::anon_send(on.top(), std::string{"what is this"}, int64_t{7});
  auto said = on.await("unexpected_message", "");
  BOOST_TEST(contains(said.text, "what is this"));
  BOOST_TEST(on.ask("a", "echo", "here") == "here");
}

CONFORMANCE_CASE(rule_36_slow_start_does_not_hold_up_a_one_for_one) {
  on.run(on.team("a"));
  caf::scoped_actor self{on.system()};
  auto slow = on.child("x", {{at_start::is_silent, {}}});
  auto request = self->request(
    on.top(), patience,
    actors::start_child_request{std::make_shared<const child_spec>(slow)});
  on.await("start", "x");
  BOOST_TEST(on.state("x") == "starting");
  BOOST_TEST(on.ids() == "ax");
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "a"));
  on.kill("x");
  request.receive(
    [](actors::child_reply& x) {
      BOOST_TEST((x.result == actors::op_result::start_failed));
    },
    [](caf::error& e) { BOOST_ERROR(actors::text_of(e)); });
}

CONFORMANCE_CASE(rule_37_counts_tell_specs_active_supervisors_and_workers) {
  auto spec = on.team("ab");
  supervisor_spec below;
  below.children = {on.child("c")};
  spec.children.push_back(actors::supervisor_child("s", below));
  on.run(spec);
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), "a"));
  auto counts = actors::count_children(on.system(), on.top());
  BOOST_REQUIRE(counts);
  BOOST_TEST(counts->specs == 3u);
  BOOST_TEST(counts->active == 2u);
  BOOST_TEST(counts->workers == 2u);
  BOOST_TEST(counts->supervisors == 1u);
}

CONFORMANCE_CASE(rule_38_counts_are_right_after_many_were_killed) {
  auto n = on.many();
  auto spec = on.team("");
  for (size_t i = 0; i < n; ++i)
    spec.children.push_back(on.child(
      std::to_string(i), i % 2 ? restart::permanent : restart::temporary));
  on.run(spec);
  auto counts = actors::count_children(on.system(), on.top());
  BOOST_TEST(counts->specs == n);
  BOOST_TEST(counts->active == n);
  for (size_t i = 0; i < n; ++i)
    caf::anon_send(on.top(), actors::child_request{actors::child_verb::kill,
                                                   std::to_string(i)});
  for (size_t i = 0; i < n; ++i)
    on.await(i % 2 ? "child_started" : "child_ended", std::to_string(i),
             i % 2 ? 2 : 1);
  counts = actors::count_children(on.system(), on.top());
  BOOST_TEST(counts->specs == n / 2);
  BOOST_TEST(counts->active == n / 2);
}

CONFORMANCE_CASE(rule_32_specification_is_told_with_its_defaults) {
  auto spec = on.team("ab");
  spec.children[0].when = restart::transient;
  on.run(spec);
  auto told = actors::child_spec_of(on.system(), on.top(), "a");
  BOOST_REQUIRE(told);
  BOOST_TEST((*told)->id == "a");
  BOOST_TEST(((*told)->when == restart::transient));
  BOOST_TEST(((*told)->runs_on == on.runs_on()));
  BOOST_TEST(((*told)->start_within == actors::infinite));
  BOOST_TEST(!(*told)->significant);
  auto none = actors::child_spec_of(on.system(), on.top(), "x");
  BOOST_TEST((none.error() == actors::sup_errc::not_found));
}

CONFORMANCE_CASE(rule_32_specification_of_a_dynamic_child_is_its_template) {
  on.run(on.pool());
  BOOST_REQUIRE(on.start("a"));
  auto told = actors::child_spec_of(on.system(), on.top(), "a");
  BOOST_REQUIRE(told);
  BOOST_TEST((*told)->id == "template");
}

BOOST_AUTO_TEST_SUITE_END()
