// Behaviours 37 and 38: the numbers of children.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using kind = supervision_report::kind;

BOOST_AUTO_TEST_SUITE(rules_counting)

BOOST_AUTO_TEST_CASE(rule_37_counts_tell_specs_active_supervisors_and_workers) {
  auto sub = child("sub");
  sub.kind = child_kind::supervisor;
  world w{policy(strategy::one_for_one), {child("a"), sub, child("c")}};
  w.boot();
  auto n = w.core.count_children();
  BOOST_TEST(n.specs == 3);
  BOOST_TEST(n.active == 3);
  BOOST_TEST(n.supervisors == 1);
  BOOST_TEST(n.workers == 2);
  w.terminate("a");
  w.plans["c"].starts = {at_start::fails};
  w.ends("c"); // restarting: not active
  n = w.core.count_children();
  BOOST_TEST(n.specs == 3);
  BOOST_TEST(n.active == 1);
}

BOOST_AUTO_TEST_CASE(rule_38_counts_hold_for_many_children_and_mass_deaths) {
  std::vector<child_policy> many;
  for (int i = 0; i < 2000; ++i)
    many.push_back(child("c" + std::to_string(i),
                         i % 2 == 0 ? restart::temporary : restart::transient));
  world w{policy(strategy::one_for_one), many};
  w.boot();
  BOOST_TEST(w.core.count_children().active == 2000);
  for (int i = 0; i < 2000; ++i)
    w.ends("c" + std::to_string(i), normal);
  BOOST_TEST(w.core.count_children().specs == 1000);
  BOOST_TEST(w.core.count_children().active == 0);
}

BOOST_AUTO_TEST_SUITE_END()
