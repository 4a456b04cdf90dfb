// Budgets beside the supervisor's own: for one child, for a subtree.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

using kind = supervision_report::kind;

namespace {

child_policy limited(std::string id, uint32_t max_restarts) {
  auto x = child(std::move(id));
  x.own_budget = budget{max_restarts, 5s};
  return x;
}

world booted(std::vector<child_policy> children,
             strategy how = strategy::one_for_one) {
  world w{policy(how, 100), std::move(children)};
  w.boot();
  w.done();
  return w;
}

world with_subtree(uint32_t max_restarts) {
  auto how = policy(strategy::one_for_one, 100);
  how.subtree = budget{max_restarts, 5s};
  world w{how, {child("a"), child("sub")}};
  w.boot();
  w.done();
  return w;
}

} // namespace

BOOST_AUTO_TEST_SUITE(core_budget)

BOOST_AUTO_TEST_CASE(own_budget_of_a_child_ends_the_supervisor_when_spent) {
  auto w = booted({limited("a", 2), child("b")});
  w.ends("a").ends("a");
  for (int i = 0; i < 10; ++i)
    w.ends("b");
  BOOST_TEST(!w.core.ended());
  w.ends("a");
  BOOST_TEST(w.core.ended());
  BOOST_TEST(w.end.text
             == "gave up: more than 2 restarts within 5 s of this child, "
                "last 'a'");
}

BOOST_AUTO_TEST_CASE(own_budget_counts_in_its_own_window) {
  auto w = booted({limited("a", 1)});
  for (int i = 0; i < 50; ++i)
    w.ends("a").advance(5s + 1ns);
  BOOST_TEST(!w.core.ended());
}

BOOST_AUTO_TEST_CASE(own_budget_does_not_count_what_siblings_cause) {
  auto w = booted({limited("a", 1), child("b")}, strategy::one_for_all);
  for (int i = 0; i < 5; ++i)
    w.ends("b");
  BOOST_TEST(!w.core.ended());
  BOOST_TEST(w.incarnation("a") == 6);
}

BOOST_AUTO_TEST_CASE(own_budget_counts_failed_starts_too) {
  auto w = booted({limited("a", 3)});
  w.plans["a"].starts = {at_start::fails};
  w.ends("a").advance(0s);
  BOOST_TEST(w.core.ended());
  BOOST_TEST(w.core.total_restarts() == 3);
}

BOOST_AUTO_TEST_CASE(own_budget_of_nought_ends_it_at_the_first_failure) {
  auto w = booted({limited("a", 0), child("b")});
  w.ends("a");
  BOOST_TEST(w.core.ended());
}

BOOST_AUTO_TEST_CASE(reports_tell_what_the_tightest_budget_leaves) {
  auto w = booted({limited("a", 2), child("b")});
  w.reports.clear();
  w.ends("a");
  BOOST_TEST(w.reports[0].restarts_left == 2);
  BOOST_TEST(w.reports[1].restarts_left == 1);
  w.reports.clear();
  w.ends("b");
  BOOST_TEST(w.reports[0].restarts_left == 99);
}

BOOST_AUTO_TEST_CASE(subtree_budget_counts_children_and_what_is_below) {
  auto w = with_subtree(3);
  w.ends("a").restarts_below("sub").restarts_below("sub");
  BOOST_TEST(!w.core.ended());
  w.ends("a");
  BOOST_TEST(w.core.ended());
  BOOST_TEST(w.end.text.find("3 restarts within 5 s in the subtree")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(restart_below_can_spend_the_subtree_budget) {
  auto w = with_subtree(2);
  w.restarts_below("sub").restarts_below("sub").restarts_below("sub");
  BOOST_TEST(w.core.ended());
  BOOST_TEST(w.count(kind::gave_up) == 1);
  BOOST_TEST((w.end.because == exit_status::cause::gave_up));
  BOOST_TEST(w.core.total_restarts() == 0);
}

BOOST_AUTO_TEST_CASE(subtree_budget_forgets_what_is_outside_its_window) {
  auto w = with_subtree(1);
  for (int i = 0; i < 50; ++i)
    w.restarts_below("sub").advance(5s + 1ns);
  BOOST_TEST(!w.core.ended());
}

BOOST_AUTO_TEST_CASE(restarts_are_told_upward_only_to_who_counts_them) {
  auto w = booted({child("a")});
  w.ends("a").restarts_below("a");
  BOOST_TEST(w.told_above == 0);
  w.core.counts_above(true);
  w.ends("a").restarts_below("a");
  BOOST_TEST(w.told_above == 2);
}

BOOST_AUTO_TEST_CASE(restart_below_a_child_that_is_gone_counts_still) {
  auto w = with_subtree(1);
  w.terminate("sub");
  w.core.restarted_below(77, w.now); // no such slot
  BOOST_TEST(!w.settle().core.ended());
  w.core.restarted_below(1, w.now);
  BOOST_TEST(w.settle().core.ended());
}

BOOST_AUTO_TEST_SUITE_END()
