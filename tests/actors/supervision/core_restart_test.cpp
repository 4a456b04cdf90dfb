#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using kind = supervision_report::kind;

namespace {

const auto all_strategies = {strategy::one_for_one, strategy::one_for_all,
                             strategy::rest_for_one};
const exit_status shut_down{exit_kind::shutdown, "with a reason"};
const exit_status lost{exit_kind::lost, {}};

world four(strategy how, uint32_t max_restarts = 3) {
  world w{policy(how, max_restarts),
          {child("a"), child("b"), child("c"), child("d")}};
  w.boot();
  w.done();
  return w;
}

} // namespace

BOOST_AUTO_TEST_SUITE(core_restart)

BOOST_AUTO_TEST_CASE(permanent_restarts_after_every_kind_of_exit) {
  for (auto how : all_strategies)
    for (auto& why : {normal, told, shut_down, crash, killed, lost}) {
      world w{policy(how), {child("a")}};
      w.boot();
      w.ends("a", why);
      BOOST_TEST(w.incarnation("a") == 2, to_string(how)
                                            << " " << to_string(why));
      BOOST_TEST((w.state("a") == child_state::running));
    }
}

BOOST_AUTO_TEST_CASE(transient_restarts_only_after_an_abnormal_exit) {
  for (auto how : all_strategies) {
    for (auto& why : {crash, killed, lost}) {
      world w{policy(how), {child("a", restart::transient)}};
      w.boot();
      w.ends("a", why);
      BOOST_TEST(w.incarnation("a") == 2, to_string(how)
                                            << " " << to_string(why));
    }
    for (auto& why : {normal, told, shut_down}) {
      world w{policy(how), {child("a", restart::transient), child("b")}};
      w.boot();
      w.ends("a", why);
      BOOST_TEST(w.states() == "a stopped, b running");
      BOOST_TEST(w.answer(w.restart_it("a")) == "ok");
    }
  }
}

BOOST_AUTO_TEST_CASE(temporary_never_restarts_and_disappears) {
  for (auto how : all_strategies)
    for (auto& why : {normal, told, crash, killed}) {
      world w{policy(how, 0), {child("a", restart::temporary), child("b")}};
      w.boot();
      w.ends("a", why);
      BOOST_TEST(w.states() == "b running");
      BOOST_TEST(w.incarnation("b") == 1);
    }
}

BOOST_AUTO_TEST_CASE(one_for_one_leaves_siblings_alone) {
  auto w = four(strategy::one_for_one);
  BOOST_TEST(w.ends("b").done() == "start b");
}

BOOST_AUTO_TEST_CASE(one_for_all_stops_in_reverse_and_starts_in_order) {
  auto w = four(strategy::one_for_all);
  BOOST_TEST(w.ends("b").done()
             == "stop d, stop c, stop a, "
                "start a, start b, start c, start d");
  for (auto id : {"a", "b", "c", "d"})
    BOOST_TEST(w.incarnation(id) == 2);
}

BOOST_AUTO_TEST_CASE(rest_for_one_spares_those_started_before) {
  auto w = four(strategy::rest_for_one);
  BOOST_TEST(w.ends("b").done()
             == "stop d, stop c, "
                "start b, start c, start d");
  BOOST_TEST(w.incarnation("a") == 1);
  BOOST_TEST(w.states() == "a running, b running, c running, d running");
}

BOOST_AUTO_TEST_CASE(next_one_stops_only_when_the_last_one_is_gone) {
  auto w = four(strategy::one_for_all);
  w.plans["d"].stop = at_stop::is_deaf;
  BOOST_TEST(w.ends("a").done() == "stop d");
  BOOST_TEST(w.advance(5s).done()
             == "kill d, stop c, stop b, "
                "start a, start b, start c, start d");
}

BOOST_AUTO_TEST_CASE(temporary_bystander_stays_down_and_costs_no_budget) {
  for (auto how : {strategy::one_for_all, strategy::rest_for_one}) {
    world w{policy(how, 1),
            {child("a"), child("t", restart::temporary), child("z")}};
    w.boot();
    w.done();
    BOOST_TEST(w.ends("a").done()
               == "stop z, stop t, forget t, start a, start z");
    BOOST_TEST(w.core.total_restarts() == 1);
  }
}

BOOST_AUTO_TEST_CASE(bystander_that_crashes_meanwhile_costs_no_budget) {
  auto w = four(strategy::one_for_all, 1);
  w.plans["d"].stop = at_stop::is_deaf;
  w.ends("a");
  w.ends("b"); // d is still being stopped
  w.advance(5s);
  BOOST_TEST(w.states() == "a running, b running, c running, d running");
  BOOST_TEST(w.core.total_restarts() == 1);
}

BOOST_AUTO_TEST_CASE(earlier_sibling_that_crashes_meanwhile_widens_the_round) {
  auto w = four(strategy::rest_for_one);
  w.plans["d"].stop = at_stop::is_deaf;
  w.ends("c");
  w.ends("b");
  w.done();
  BOOST_TEST(w.advance(5s).done() == "kill d, start b, start c, start d");
  BOOST_TEST(w.core.total_restarts() == 2);
}

BOOST_AUTO_TEST_CASE(one_for_all_retries_the_whole_round_when_another_fails) {
  auto w = four(strategy::one_for_all);
  w.plans["c"].starts = {at_start::fails, at_start::starts};
  w.ends("a");
  BOOST_TEST(w.done()
             == "stop d, stop c, stop b, start a, start b, start c, "
                "stop b, stop a");
  BOOST_TEST(w.advance(0s).done() == "start a, start b, start c, start d");
  BOOST_TEST(w.core.total_restarts() == 2);
}

BOOST_AUTO_TEST_CASE(rest_for_one_retries_from_the_one_that_failed) {
  auto w = four(strategy::rest_for_one);
  w.plans["c"].starts = {at_start::fails, at_start::starts};
  w.ends("b");
  BOOST_TEST(w.done() == "stop d, stop c, start b, start c");
  BOOST_TEST(w.states() == "a running, b running, c restarting, d stopped");
  BOOST_TEST(w.advance(0s).done() == "start c, start d");
}

BOOST_AUTO_TEST_CASE(supervisor_answers_between_two_attempts) {
  for (auto how : all_strategies) {
    auto w = four(how);
    w.plans["b"].starts = {at_start::fails};
    w.ends("b");
    BOOST_TEST((w.state("b") == child_state::restarting));
    auto token = w.start_child(child("e"));
    BOOST_TEST(w.answer(token) == "ok", to_string(how));
    w.shutdown();
    BOOST_TEST(w.core.ended());
  }
}

BOOST_AUTO_TEST_CASE(later_crash_does_not_forget_an_earlier_child_in_its_loop) {
  auto w = four(strategy::rest_for_one, 10);
  w.plans["b"].starts = {at_start::fails, at_start::starts};
  w.ends("b"); // waits for its next attempt, c and d are down
  w.start_child(child("e"));
  w.ends("e");
  w.advance(0s);
  BOOST_TEST(w.states()
             == "a running, b running, c running, d running, "
                "e running");
}

BOOST_AUTO_TEST_CASE(calling_one_loop_off_does_not_forget_the_other) {
  auto delayed = child("b");
  delayed.delay = {10s, 10s, 1.0, 30s};
  world w{policy(strategy::rest_for_one, 10), {child("a"), delayed}};
  w.boot();
  w.plans["b"].starts = {at_start::fails, at_start::fails, at_start::starts};
  w.plans["e"].starts = {at_start::starts, at_start::fails};
  w.ends("b");
  w.advance(0s);
  w.start_child(child("e"));
  w.ends("e"); // both wait
  BOOST_TEST(w.states() == "a running, b restarting, e restarting");
  BOOST_TEST(w.answer(w.terminate("e")) == "ok");
  BOOST_TEST(w.states() == "a running, b restarting, e stopped");
  w.plans["e"].starts = {at_start::starts};
  w.advance(1min);
  BOOST_TEST(w.states() == "a running, b running, e running");
}

BOOST_AUTO_TEST_CASE(stopped_siblings_stay_down_when_a_loop_is_called_off) {
  auto w = four(strategy::one_for_all);
  w.plans["b"].starts = {at_start::fails};
  w.ends("b");
  w.terminate("b");
  w.advance(1h);
  BOOST_TEST(w.states() == "a stopped, b stopped, c stopped, d stopped");
}

// -- intensity ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(budget_of_nought_ends_at_the_first_failure) {
  auto w = four(strategy::one_for_one, 0);
  BOOST_TEST(w.ends("b").done() == "stop d, stop c, stop a, exit");
  BOOST_TEST((w.end.how == exit_kind::shutdown));
  BOOST_TEST(w.count(kind::gave_up) == 1);
}

BOOST_AUTO_TEST_CASE(one_restart_more_than_the_budget_ends_the_supervisor) {
  for (auto how : all_strategies)
    for (uint32_t budget = 0; budget < 5; ++budget) {
      auto w = four(how, budget);
      for (uint32_t i = 0; i < budget; ++i)
        w.ends("b");
      BOOST_TEST(!w.core.ended());
      w.ends("c");
      BOOST_TEST(w.core.ended(), to_string(how) << " " << budget);
      BOOST_TEST(w.core.total_restarts() == budget);
    }
}

BOOST_AUTO_TEST_CASE(budget_is_shared_by_all_children) {
  auto w = four(strategy::one_for_one, 3);
  w.ends("a");
  w.ends("b");
  w.ends("c");
  BOOST_TEST(!w.core.ended());
  w.ends("d");
  BOOST_TEST(w.core.ended());
}

BOOST_AUTO_TEST_CASE(restart_exactly_within_ago_still_counts) {
  auto w = four(strategy::one_for_one, 1);
  w.ends("a").advance(5s);
  w.ends("a");
  BOOST_TEST(w.core.ended());
}

BOOST_AUTO_TEST_CASE(restarts_spaced_wider_than_the_window_never_end_it) {
  auto w = four(strategy::one_for_one, 1);
  for (int i = 0; i < 1000; ++i)
    w.ends("a").advance(5s + 1ns);
  BOOST_TEST(!w.core.ended());
  BOOST_TEST(w.incarnation("a") == 1001);
}

BOOST_AUTO_TEST_CASE(failed_start_counts_as_a_restart) {
  auto w = four(strategy::one_for_one, 3);
  w.plans["b"].starts = {at_start::fails};
  w.ends("b").advance(0s);
  BOOST_TEST(w.core.ended());
  BOOST_TEST(w.core.total_restarts() == 3);
  BOOST_TEST(w.done()
             == "start b, start b, start b, stop d, stop c, stop a, "
                "exit");
}

BOOST_AUTO_TEST_CASE(reports_tell_how_many_restarts_are_left) {
  auto w = four(strategy::one_for_one, 2);
  w.reports.clear();
  w.ends("a");
  BOOST_REQUIRE(w.reports.size() == 3); // ended, restarting, started
  BOOST_TEST((w.reports[0].what == kind::child_ended));
  BOOST_TEST(w.reports[0].restarts_left == 2);
  BOOST_TEST((w.reports[1].what == kind::restarting));
  BOOST_TEST(w.reports[1].restarts_left == 1);
  BOOST_TEST((w.reports[2].what == kind::child_started));
}

BOOST_AUTO_TEST_CASE(window_is_exact_against_a_plain_list) {
  uint64_t seed = 1;
  auto random = [&] { return (seed = seed * 6364136223846793005u + 1) >> 33; };
  for (uint32_t limit : {0u, 1u, 2u, 3u, 7u, 100u}) {
    restart_window window{limit, 10s};
    std::vector<time_point> list;
    time_point now{};
    for (int i = 0; i < 5000; ++i) {
      now += std::chrono::seconds{random() % 4};
      std::erase_if(list, [&](auto t) { return now - t > 10s; });
      BOOST_REQUIRE(window.left(now) == limit - list.size());
      auto allowed = list.size() < limit;
      if (allowed)
        list.push_back(now);
      BOOST_REQUIRE(window.add(now) == allowed);
    }
  }
}

// -- backoff ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(first_restart_is_at_once_and_the_next_ones_wait) {
  auto c = child("a");
  c.delay = {1s, 8s, 2.0, 1h};
  world w{policy(strategy::one_for_one, 100), {c}};
  w.boot();
  w.done();
  BOOST_TEST(w.ends("a").done() == "start a");
  for (auto limit : {1s, 2s, 4s, 8s, 8s, 8s}) {
    w.ends("a");
    auto delay = w.reports.back().delay;
    BOOST_TEST((delay >= 0s && delay <= limit));
    BOOST_TEST((w.state("a") == child_state::restarting));
    w.advance(delay);
    BOOST_TEST((w.state("a") == child_state::running));
  }
}

BOOST_AUTO_TEST_CASE(backoff_starts_anew_after_a_healthy_time) {
  auto c = child("a");
  c.delay = {1s, 8s, 2.0, 30s};
  world w{policy(strategy::one_for_one, 100), {c}};
  w.boot();
  w.ends("a");
  w.ends("a");
  w.advance(8s);
  w.advance(30s);
  w.done();
  BOOST_TEST(w.ends("a").done() == "start a");
}

BOOST_AUTO_TEST_CASE(jitter_depends_on_the_seed_alone) {
  auto delays = [](uint64_t seed) {
    auto c = child("a");
    c.delay = {1s, 1h, 2.0, 2h};
    auto p = policy(strategy::one_for_one, 100);
    p.seed = seed;
    world w{p, {c}};
    w.boot();
    std::vector<int64_t> result;
    for (int i = 0; i < 10; ++i) {
      w.ends("a");
      for (auto& r : w.reports)
        if (r.what == kind::restarting)
          result.push_back(r.delay.count());
      w.advance(1h);
    }
    return result;
  };
  BOOST_TEST(delays(1) == delays(1));
  BOOST_TEST(delays(1) != delays(2));
}

BOOST_AUTO_TEST_CASE(backoff_never_blocks_siblings) {
  auto c = child("b");
  c.delay = {10s, 10s, 1.0, 1h};
  world w{policy(strategy::one_for_one, 100), {child("a"), c}};
  w.boot();
  w.ends("b");
  w.ends("b");
  w.done();
  BOOST_TEST(w.ends("a").done() == "start a");
}

BOOST_AUTO_TEST_SUITE_END()
