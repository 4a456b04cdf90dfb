// Dynamic supervisors in virtual time: OTP's rules for simple_one_for_one by
// their numbers, and what we add.

#include <boost/test/unit_test.hpp>

#include <random>
#include <tests/actors/supervision/rules/dynamic_world.hpp>

using namespace supervision_tests;
using report_kind = supervision_report::kind;

namespace {

supervisor_policy budget_of(uint32_t max_restarts, duration within = 5s) {
  return policy(strategy::one_for_one, max_restarts, within);
}

} // namespace

BOOST_AUTO_TEST_SUITE(rules_dynamic_core)

BOOST_AUTO_TEST_CASE(rule_09_an_ignored_instance_leaves_nothing) {
  dynamic_world w{budget_of(3), child("w")};
  auto token = w.start({}, {at_start::declines});
  BOOST_TEST(w.answer(token) == "ignored");
  BOOST_TEST(w.states() == "");
  BOOST_TEST(w.core.size() == 0u);
  BOOST_TEST(w.done["forget"] == 1u);
}

BOOST_AUTO_TEST_CASE(rule_10_an_instance_that_fails_to_start_leaves_nothing) {
  dynamic_world w{budget_of(3), child("w")};
  auto token = w.start({}, {at_start::fails});
  BOOST_TEST(w.answer(token) == "start_failed");
  BOOST_TEST(w.replies.find(token)->second.text == "crashed: boom");
  BOOST_TEST(w.states() == "");
}

BOOST_AUTO_TEST_CASE(rule_29_an_instance_is_terminated_and_never_restarted) {
  dynamic_world w{budget_of(3), child("w")};
  w.start();
  w.start();
  BOOST_TEST(w.answer(w.restart_it("w-1")) == "unsupported");
  BOOST_TEST(w.answer(w.remove("w-1")) == "unsupported");
  BOOST_TEST(w.answer(w.terminate("w-1")) == "ok");
  BOOST_TEST(w.states() == "w-2 running");
  BOOST_TEST(w.answer(w.terminate("w-1")) == "not_found");
  BOOST_TEST(w.answer(w.terminate("w-9")) == "not_found");
}

BOOST_AUTO_TEST_CASE(rule_37_one_spec_and_all_children_are_counted) {
  dynamic_world w{budget_of(3), child("w")};
  w.start();
  w.start({}, {at_start::starts, at_start::is_silent});
  w.start({}, {at_start::starts, at_start::fails});
  w.ends("w-2").ends("w-3"); // one is starting again, one waits for its retry
  auto n = w.core.count_children();
  BOOST_TEST(n.specs == 1u);
  BOOST_TEST(n.active == 2u);
  BOOST_TEST(n.workers == 3u);
  BOOST_TEST(n.supervisors == 0u);
}

BOOST_AUTO_TEST_CASE(
  rule_38_counts_are_right_after_two_thousand_and_a_massacre) {
  dynamic_world w{budget_of(5000), child("w", restart::temporary)};
  for (int i = 0; i < 2000; ++i)
    w.start();
  BOOST_TEST(w.core.count_children().active == 2000u);
  for (int i = 1; i <= 2000; i += 2)
    w.ends("w-" + std::to_string(i), killed);
  BOOST_TEST(w.core.count_children().active == 1000u);
  BOOST_TEST(w.core.count_children().workers == 1000u);
  BOOST_TEST(w.core.count_children().specs == 1u);
  BOOST_TEST(w.core.which_children().size() == 1000u);
}

BOOST_AUTO_TEST_CASE(rule_48_only_the_failed_instance_restarts) {
  dynamic_world w{budget_of(3), child("w")};
  for (int i = 0; i < 3; ++i)
    w.start();
  w.ends("w-2");
  BOOST_TEST(w.done["start"] == 4u);
  BOOST_TEST(w.done["stop"] == 0u);
  BOOST_TEST(w.core.view(0).incarnation == 1u);
  BOOST_TEST(w.core.view(1).incarnation == 2u);
  BOOST_TEST(w.core.view(2).incarnation == 1u);
  BOOST_TEST(w.core.view(1).id == "w-2"); // it is the same child
}

BOOST_AUTO_TEST_CASE(rule_49_a_restart_that_is_ignored_removes_the_instance) {
  dynamic_world w{budget_of(3), child("w")};
  w.start({}, {at_start::starts, at_start::declines});
  w.start();
  w.ends("w-1");
  BOOST_TEST(w.states() == "w-2 running");
  BOOST_TEST(w.end.text == "");
}

BOOST_AUTO_TEST_CASE(rule_41_temporary_instances_are_never_restarted) {
  dynamic_world w{budget_of(0), child("w", restart::temporary)};
  w.start();
  w.ends("w-1");
  BOOST_TEST(w.states() == "");
  BOOST_TEST(w.done["start"] == 1u);
}

BOOST_AUTO_TEST_CASE(rule_42_a_transient_instance_is_gone_after_a_normal_end) {
  dynamic_world w{budget_of(3), child("w", restart::transient)};
  w.start();
  w.start();
  w.ends("w-1", normal).ends("w-2", crash);
  BOOST_TEST(w.states() == "w-2 running");
}

BOOST_AUTO_TEST_CASE(rule_55_the_budget_is_one_for_all_instances) {
  dynamic_world w{budget_of(2), child("w")};
  for (int i = 0; i < 4; ++i)
    w.start();
  w.ends("w-1").ends("w-2");
  BOOST_TEST(w.done["exit"] == 0u);
  w.ends("w-3");
  BOOST_TEST(w.count(report_kind::gave_up) == 1u);
  BOOST_TEST(w.done["exit"] == 1u);
  BOOST_TEST(to_string(w.end)
             == "shutdown: gave up: more than 2 restarts within 5 s, last "
                "'w-3'");
  BOOST_TEST(w.core.size() == 0u);
}

BOOST_AUTO_TEST_CASE(rule_57_a_restart_loop_does_not_block) {
  dynamic_world w{budget_of(1000), child("w")};
  w.start({}, {at_start::starts, at_start::fails});
  w.ends("w-1");
  BOOST_TEST(w.states() == "w-1 restarting");
  for (int i = 0; i < 10; ++i) { // each retry comes back to the mailbox
    BOOST_TEST(w.timers.size() == 1u);
    BOOST_TEST(w.answer(w.start()) == "ok");
    w.fire();
  }
  BOOST_TEST(w.core.view(0).restarts == 11u);
  BOOST_TEST(w.answer(w.terminate("w-1")) == "ok"); // calls the loop off
  BOOST_TEST(w.core.size() == 10u);
  w.advance(1min); // a late retry is ignored
  BOOST_TEST(w.core.size() == 10u);
  w.shutdown();
  BOOST_TEST(w.done["exit"] == 1u);
}

BOOST_AUTO_TEST_CASE(rule_72_all_stop_at_once_under_one_timer) {
  dynamic_world w{budget_of(3), child("w")};
  for (int i = 0; i < 10'000; ++i)
    w.start();
  w.stops = [](slot_id s) {
    return s % 1000 == 7 ? at_stop::is_deaf : at_stop::obeys;
  };
  w.shutdown();
  BOOST_TEST(w.done["stop"] == 10'000u);
  BOOST_TEST(w.core.count_children().active == 10u);
  BOOST_TEST(w.timers.size() == 1u);
  BOOST_TEST(w.done["exit"] == 0u);
  auto begin = w.now;
  w.advance(10s);
  BOOST_TEST(w.done["kill"] == 10u); // the stragglers and only they
  BOOST_TEST(w.done["exit"] == 1u);
  // Ten that waited for their grace one after the other would need 50 s.
  BOOST_TEST((w.now - begin == 10s));
  BOOST_TEST(w.end.text == "");
  BOOST_TEST((w.end.how == exit_kind::shutdown));
}

BOOST_AUTO_TEST_CASE(rule_72_what_survives_the_kill_is_left_behind) {
  dynamic_world w{budget_of(3), child("w")};
  for (int i = 0; i < 100; ++i)
    w.start();
  w.stops = [](slot_id s) {
    return s == 42 ? at_stop::is_immortal : at_stop::obeys;
  };
  w.shutdown().advance(1min);
  BOOST_TEST(w.done["cut_off"] == 1u);
  BOOST_TEST(w.count(report_kind::child_lost) == 1u);
  BOOST_TEST(w.done["exit"] == 1u);
}

BOOST_AUTO_TEST_CASE(rule_73_errors_of_a_stop_are_counted_by_reason) {
  dynamic_world w{budget_of(3), child("w")};
  for (int i = 0; i < 100; ++i)
    w.start();
  w.reports.clear();
  w.stops = [](slot_id s) {
    if (s < 30)
      return at_stop::crashes;
    return s < 50 ? at_stop::ends_normally : at_stop::obeys;
  };
  w.shutdown();
  BOOST_REQUIRE(w.reports.size() == 3u);
  std::map<std::string, uint32_t> by_text;
  for (auto& x : w.reports) {
    BOOST_TEST(x.slot == no_slot);
    by_text[to_string(x.what) + " " + to_string(x.reason)] = x.count;
  }
  BOOST_TEST(by_text["stop_failed crashed: boom"] == 30u);
  // For a permanent child a normal end is not what was asked for.
  BOOST_TEST(by_text["stop_failed normal"] == 20u);
  BOOST_TEST(by_text["child_stopped shutdown"] == 50u);
}

BOOST_AUTO_TEST_CASE(rule_87_the_template_changes_for_the_next_starts) {
  dynamic_world w{budget_of(3), child("w")};
  w.start();
  w.start();
  auto next = child("w", restart::temporary);
  w.core.replace(budget_of(3), 3,
                 std::make_shared<const child_policy>(std::move(next)), w.now);
  BOOST_TEST(w.states() == "w-1 running, w-2 running");
  BOOST_TEST(w.done["start"] == 2u);
  w.ends("w-1"); // temporary now
  BOOST_TEST(w.states() == "w-2 running");
  w.start();
  w.start();
  BOOST_TEST(w.answer(w.start()) == "max_children");
}

BOOST_AUTO_TEST_CASE(rule_92_an_orderly_stop_reports_no_error) {
  dynamic_world w{budget_of(3), child("w", restart::transient)};
  for (int i = 0; i < 10; ++i)
    w.start();
  w.stops = [](slot_id) { return at_stop::ends_normally; };
  w.terminate("w-3");
  w.shutdown();
  BOOST_TEST(w.count(report_kind::stop_failed) == 0u);
}

namespace {

/// How much a core has to do for n children that start, crash, start again and
/// are stopped.
size_t work_for(int n) {
  dynamic_world w{budget_of(1'000'000), child("w")};
  for (int i = 0; i < n; ++i)
    w.start();
  for (int i = 1; i <= n; ++i)
    w.ends("w-" + std::to_string(i));
  w.shutdown();
  size_t all = w.reports.size() + w.timers.size();
  for (auto& [what, times] : w.done)
    all += times;
  return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(
  rule_93_a_hundred_times_the_children_is_no_more_than_that) {
  // In actions; bench_supervision has the times.
  auto few = work_for(1000);
  auto many = work_for(100'000);
  BOOST_TEST(many <= 101 * few);
}

// -- beyond OTP ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(no_more_children_than_allowed) {
  dynamic_world w{budget_of(3), child("w"), 2};
  w.start();
  w.start({}, {at_start::starts, at_start::fails});
  w.ends("w-2"); // it waits to be restarted, and keeps its place
  BOOST_TEST(w.answer(w.start()) == "max_children");
  w.terminate("w-1");
  BOOST_TEST(w.answer(w.start()) == "ok");
  BOOST_TEST(w.answer(w.start()) == "max_children");
}

BOOST_AUTO_TEST_CASE(ids_are_made_and_never_come_twice) {
  dynamic_world w{budget_of(3), child("w")};
  w.start();
  w.start();
  w.terminate("w-1");
  w.start();
  BOOST_TEST(w.states() == "w-1.2 running, w-2 running");
  BOOST_TEST((w.core.find("w-1.2") == 0u));
  for (auto id : {"w-1", "w-01", "w-1.1", "w-1.02", "w-", "w-3", "w-1.2.3",
                  "w-1.", "x-1", "w-4294967297"})
    BOOST_TEST((w.core.find(id) == no_slot), id);
}

BOOST_AUTO_TEST_CASE(names_are_taken_once) {
  dynamic_world w{budget_of(3), child("w")};
  BOOST_TEST(w.answer(w.start("ada")) == "ok");
  BOOST_TEST(w.answer(w.start("ada")) == "already_started");
  BOOST_TEST(w.answer(w.start("w-12")) == "invalid");
  BOOST_TEST(w.answer(w.start("a/b")) == "invalid");
  BOOST_TEST(w.states() == "ada running");
  w.terminate("ada");
  BOOST_TEST(w.answer(w.start("ada")) == "ok");
  w.start();
  BOOST_TEST(w.states() == "ada running, w-2 running");
}

BOOST_AUTO_TEST_CASE(a_start_that_takes_too_long_has_failed) {
  auto slow = child("w");
  slow.start_within = 3s;
  dynamic_world w{budget_of(3), slow};
  auto token = w.start({}, {at_start::is_silent});
  w.advance(2s);
  BOOST_TEST(w.answer(token) == "");
  w.advance(1s);
  BOOST_TEST(w.answer(token) == "start_failed");
  BOOST_TEST(w.core.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_stop_answers_those_who_wait_for_a_start) {
  dynamic_world w{budget_of(3), child("w")};
  auto token = w.start({}, {at_start::is_silent});
  w.shutdown();
  BOOST_TEST(w.answer(token) == "stopping");
  BOOST_TEST(w.answer(w.start()) == "stopping");
  BOOST_TEST(w.done["exit"] == 1u);
}

BOOST_AUTO_TEST_CASE(a_child_backs_off_by_itself) {
  auto weak = child("w");
  weak.delay = {1s, 8s};
  dynamic_world w{budget_of(100), weak};
  w.start();
  w.start();
  w.ends("w-1");
  BOOST_TEST(w.states() == "w-1 running, w-2 running");
  w.ends("w-1").ends("w-2");
  BOOST_TEST(w.states() == "w-1 restarting, w-2 running");
  w.advance(1s);
  BOOST_TEST(w.states() == "w-1 running, w-2 running");
}

BOOST_AUTO_TEST_CASE(a_silent_child_is_hung_and_replaced) {
  auto watched = child("w");
  watched.liveness = 2s;
  dynamic_world w{budget_of(3), watched};
  w.start();
  w.start();
  w.lives = [](slot_id s) { return s == 0; };
  w.advance(4s);
  BOOST_TEST(w.count(report_kind::child_hung) == 1u);
  BOOST_TEST(w.core.view(0).incarnation == 1u);
  BOOST_TEST(w.core.view(1).incarnation == 2u);
  BOOST_TEST(w.states() == "w-1 running, w-2 running");
}

BOOST_AUTO_TEST_CASE(a_template_without_a_liveness_ends_the_watch) {
  auto watched = child("w");
  watched.liveness = 2s;
  dynamic_world w{budget_of(3), watched};
  w.start();
  w.lives = [](slot_id) { return false; };
  w.core.replace(budget_of(3), unlimited,
                 std::make_shared<const child_policy>(child("w")), w.now);
  w.advance(1h);
  BOOST_TEST(w.count(report_kind::child_hung) == 0u);
  BOOST_TEST(w.states() == "w-1 running");
}

BOOST_AUTO_TEST_CASE(restarts_stay_counted_under_a_new_budget) {
  dynamic_world w{budget_of(3), child("w")};
  w.start();
  w.ends("w-1").ends("w-1");
  w.core.replace(budget_of(2), unlimited,
                 std::make_shared<const child_policy>(child("w")), w.now);
  w.ends("w-1");
  BOOST_TEST(w.done["exit"] == 1u);
}

BOOST_AUTO_TEST_CASE(a_child_has_a_budget_of_its_own) {
  auto weak = child("w");
  weak.own_budget = budget{1, 5s};
  dynamic_world w{budget_of(100), weak};
  for (int i = 0; i < 4; ++i)
    w.start();
  w.ends("w-1").ends("w-2").ends("w-3");
  BOOST_TEST(w.done["exit"] == 0u);
  w.ends("w-2");
  BOOST_TEST(w.done["exit"] == 1u);
  BOOST_TEST(w.end.text
             == "gave up: more than 1 restarts within 5 s of this child, last "
                "'w-2'");
}

/// Whatever comes in whatever order: the core ends, answers each once, and
/// forgets every child that it started.
BOOST_AUTO_TEST_CASE(random_histories_keep_the_books) {
  auto seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  auto pick = [&](int n) { return static_cast<int>(random() % n); };
  for (int history = 0; history < 500; ++history) {
    auto pattern = child("w", static_cast<restart>(pick(3)));
    pattern.grace = pick(4) == 0 ? 0s : 5s;
    pattern.start_within = pick(2) == 0 ? infinite : 2s;
    if (pick(2) == 0)
      pattern.delay = {100ms, 2s};
    if (pick(3) == 0)
      pattern.liveness = 1s;
    dynamic_world w{budget_of(static_cast<uint32_t>(pick(8))), pattern, 6};
    w.stops = [&](slot_id) { return static_cast<at_stop>(pick(5)); };
    w.lives = [&](slot_id) { return pick(8) > 0; };
    std::vector<request_token> asked;
    for (int step = 0; step < 60; ++step) {
      auto children = w.core.which_children();
      auto id =
        children.empty() ? "none" : children[random() % children.size()].id;
      switch (pick(6)) {
      case 0:
      case 1: {
        std::vector<at_start> plan;
        for (int i = 0; i < 4; ++i)
          plan.push_back(static_cast<at_start>(pick(4)));
        plan.push_back(at_start::starts);
        asked.push_back(
          w.start(pick(3) ? "" : "n" + std::to_string(pick(3)), plan));
        break;
      }
      case 2:
        asked.push_back(w.terminate(id));
        break;
      case 3:
        if (!children.empty())
          w.ends(id, pick(2) ? crash : normal);
        break;
      default:
        w.advance(pick(3000) * 1ms);
      }
      auto n = w.core.count_children();
      BOOST_REQUIRE(n.workers <= 6u);
      BOOST_REQUIRE(n.active <= n.workers);
      BOOST_REQUIRE(w.core.which_children().size() == n.workers);
    }
    if (w.core.which_children().size() > 0)
      for (auto& x : w.core.which_children())
        BOOST_REQUIRE((w.core.find(x.id) == x.slot));
    w.shutdown().advance(1min);
    BOOST_REQUIRE(w.done["exit"] == 1u);
    BOOST_REQUIRE(w.core.size() == 0u);
    for (auto token : asked)
      BOOST_REQUIRE(w.replies.count(token) == 1u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
