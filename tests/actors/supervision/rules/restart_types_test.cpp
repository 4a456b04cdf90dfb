// Behaviours 39 to 43: who is restarted after which exit.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

BOOST_AUTO_TEST_SUITE(rules_restart_types)

BOOST_AUTO_TEST_CASE(rule_39_permanent_restarts_after_every_kind_of_exit) {
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

BOOST_AUTO_TEST_CASE(rule_40_transient_restarts_only_after_an_abnormal_exit) {
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

BOOST_AUTO_TEST_CASE(rule_41_temporary_never_restarts_and_disappears) {
  for (auto how : all_strategies)
    for (auto& why : {normal, told, crash, killed}) {
      world w{policy(how, 0), {child("a", restart::temporary), child("b")}};
      w.boot();
      w.ends("a", why);
      BOOST_TEST(w.states() == "b running");
      BOOST_TEST(w.incarnation("b") == 1);
    }
}

BOOST_AUTO_TEST_CASE(rule_42_after_a_normal_exit_only_temporary_specs_vanish) {
  for (auto how : all_strategies) {
    world w{policy(how),
            {child("a", restart::transient), child("t", restart::temporary)}};
    w.boot().ends("a", normal).ends("t", normal);
    BOOST_TEST(w.states() == "a stopped");
    BOOST_TEST(w.answer(w.restart_it("a")) == "ok");
  }
}

BOOST_AUTO_TEST_CASE(
  rule_43_temporary_bystander_stays_down_and_costs_no_budget) {
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

BOOST_AUTO_TEST_SUITE_END()
