#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using kind = supervision_report::kind;

namespace {

child_policy with_grace(std::string id, duration grace) {
  auto x = child(std::move(id));
  x.grace = grace;
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(core_stop)

BOOST_AUTO_TEST_CASE(children_stop_in_reverse_order_one_by_one) {
  world w{policy(strategy::one_for_one), {child("a"), child("b"), child("c")}};
  w.boot();
  w.done();
  w.plans["b"].stop = at_stop::is_deaf;
  BOOST_TEST(w.shutdown().done() == "stop c, stop b");
  BOOST_TEST(w.advance(5s).done() == "kill b, stop a, exit");
}

BOOST_AUTO_TEST_CASE(child_gets_its_grace_and_is_then_killed) {
  world w{policy(strategy::one_for_one), {with_grace("a", 3s)}};
  w.boot();
  w.done();
  w.plans["a"].stop = at_stop::is_deaf;
  BOOST_TEST(w.shutdown().done() == "stop a");
  BOOST_TEST(w.advance(2999ms).done() == "");
  BOOST_TEST(w.advance(1ms).done() == "kill a, exit");
}

BOOST_AUTO_TEST_CASE(grace_without_end_never_kills) {
  world w{policy(strategy::one_for_one), {with_grace("a", infinite)}};
  w.boot();
  w.done();
  w.plans["a"].stop = at_stop::is_deaf;
  w.shutdown().advance(10000h);
  BOOST_TEST(w.done() == "stop a");
  BOOST_TEST(w.ends("a", told).done() == "exit");
}

BOOST_AUTO_TEST_CASE(grace_of_nought_kills_at_once) {
  world w{policy(strategy::one_for_one), {with_grace("a", 0s)}};
  w.boot();
  w.done();
  BOOST_TEST(w.shutdown().done() == "kill a, exit");
  BOOST_TEST(w.count(kind::child_stopped) == 1);
}

BOOST_AUTO_TEST_CASE(child_that_survives_its_kill_is_cut_off) {
  world w{policy(strategy::one_for_one), {child("a"), with_grace("b", 1s)}};
  w.boot();
  w.done();
  w.plans["b"].stop = at_stop::is_immortal;
  w.shutdown().advance(3s);
  BOOST_TEST(w.done() == "stop b, kill b, cut_off b, stop a, exit");
  BOOST_TEST(w.count(kind::child_lost) == 1);
  auto slot = w.core.find("b");
  w.core.down(slot, 2, killed, w.now); // it comes round after all
  BOOST_TEST(w.core.actions().empty());
}

BOOST_AUTO_TEST_CASE(child_that_ends_by_itself_meanwhile_does_not_derail_it) {
  for (auto& why : {normal, told, crash, killed}) {
    world w{policy(strategy::one_for_one), {child("a"), child("b")}};
    w.boot();
    w.done();
    w.plans["b"].stop = at_stop::is_deaf;
    w.shutdown();
    w.ends("a", why);
    BOOST_TEST(w.advance(5s).done() == "stop b, kill b, exit");
  }
}

BOOST_AUTO_TEST_CASE(unexpected_reason_of_a_stop_is_reported) {
  auto reports_of = [](restart when, at_stop how) {
    world w{policy(strategy::one_for_one), {child("a", when)}};
    w.boot();
    w.plans["a"].stop = how;
    w.shutdown();
    return w.count(kind::stop_failed);
  };
  for (auto when :
       {restart::permanent, restart::transient, restart::temporary}) {
    BOOST_TEST(reports_of(when, at_stop::obeys) == 0);
    BOOST_TEST(reports_of(when, at_stop::crashes) == 1);
    auto unexpected = when == restart::permanent ? 1u : 0u;
    BOOST_TEST(reports_of(when, at_stop::ends_normally) == unexpected);
  }
}

BOOST_AUTO_TEST_CASE(pool_stops_in_parallel_in_the_time_of_the_slowest) {
  auto how = policy(strategy::one_for_one);
  how.stop = stop_order::parallel;
  world w{how, {with_grace("a", 1s), with_grace("b", 3s), with_grace("c", 2s)}};
  w.boot();
  w.done();
  for (auto id : {"a", "b", "c"})
    w.plans[id].stop = at_stop::is_deaf;
  BOOST_TEST(w.shutdown().done() == "stop c, stop b, stop a");
  BOOST_TEST(w.advance(2s).done() == "kill a, kill c");
  BOOST_TEST(w.advance(1s).done() == "kill b, exit");
}

BOOST_AUTO_TEST_CASE(reason_of_the_shutdown_is_the_reason_of_the_exit) {
  world w{policy(strategy::one_for_one), {child("a")}};
  w.boot();
  w.core.shutdown({exit_kind::shutdown, "bye"}, w.now);
  w.advance(0s);
  w.ends("a", told);
  BOOST_TEST(to_string(w.end) == "shutdown: bye");
}

BOOST_AUTO_TEST_CASE(second_shutdown_changes_nothing) {
  world w{policy(strategy::one_for_one), {child("a")}};
  w.boot();
  w.plans["a"].stop = at_stop::is_deaf;
  w.shutdown();
  w.done();
  BOOST_TEST(w.shutdown().done() == "");
  BOOST_TEST(w.advance(5s).done() == "kill a, exit");
  BOOST_TEST(w.shutdown().done() == "");
}

BOOST_AUTO_TEST_CASE(shutdown_ends_a_restart_loop) {
  for (auto how :
       {strategy::one_for_one, strategy::one_for_all, strategy::rest_for_one}) {
    world w{policy(how), {child("a"), child("b")}};
    w.boot();
    w.plans["a"].starts = {at_start::fails};
    w.ends("a");
    w.shutdown();
    BOOST_TEST(w.core.ended());
    w.done();
    BOOST_TEST(w.advance(1h).done() == "");
  }
}

BOOST_AUTO_TEST_CASE(normal_stop_of_a_child_reports_no_error) {
  world w{policy(strategy::one_for_one),
          {child("a", restart::transient), child("b", restart::temporary)}};
  w.boot();
  w.shutdown();
  for (auto x :
       {kind::stop_failed, kind::start_failed, kind::child_lost, kind::gave_up})
    BOOST_TEST(w.count(x) == 0);
  BOOST_TEST(w.count(kind::child_stopped) == 2);
}

BOOST_AUTO_TEST_CASE(hundred_thousand_children_start_and_stop_in_linear_time) {
  // Steps, not seconds: each child costs the same few actions.
  for (int n : {1000, 100'000}) {
    std::vector<child_policy> many;
    for (int i = 0; i < n; ++i)
      many.push_back(child(std::to_string(i)));
    world w{policy(strategy::one_for_one), many};
    w.boot().shutdown();
    BOOST_TEST(w.log.size() == 2u * static_cast<unsigned>(n) + 2);
    BOOST_TEST(w.core.ended());
  }
}

BOOST_AUTO_TEST_SUITE_END()
