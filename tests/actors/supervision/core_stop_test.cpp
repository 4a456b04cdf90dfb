#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using kind = supervision_report::kind;

BOOST_AUTO_TEST_SUITE(core_stop)

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

BOOST_AUTO_TEST_SUITE_END()
