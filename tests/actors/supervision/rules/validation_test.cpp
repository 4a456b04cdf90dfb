// Behaviours 15 to 21: specifications that are refused.

#include <boost/test/unit_test.hpp>

#include "tests/actors/supervision/core_world.hpp"

using namespace supervision_tests;

namespace {

/// What is wrong with child 'a' after `f` changed it.
template <class F>
std::string problem_after(F f) {
  auto x = child("a");
  f(x);
  return problem_with(x);
}

template <class F>
std::string flaw_after(F f) {
  auto x = policy(strategy::one_for_one);
  f(x);
  return problem_with(x);
}

std::string problem_of(const supervisor_policy& how,
                       const std::vector<child_policy>& xs) {
  std::vector<std::shared_ptr<const child_policy>> children;
  for (auto& x : xs)
    children.push_back(std::make_shared<child_policy>(x));
  return problem_with(how, children);
}

} // namespace

BOOST_AUTO_TEST_SUITE(rules_validation)

/// A missing `start` is the business of `check`, see supervisor_policy.
BOOST_AUTO_TEST_CASE(rule_15_missing_id_is_said) {
  BOOST_TEST(problem_after([](auto& x) { x.id = ""; })
             == "a child has an empty id: give it a name");
}

BOOST_AUTO_TEST_CASE(rule_16_each_bad_value_of_a_child_has_its_own_error) {
  auto name = [](const std::string& text) {
    return text.substr(0, text.find(" ", text.find("': ") + 3));
  };
  BOOST_TEST(problem_after([](auto& x) { x.id = "a/b"; })
             == "child 'a/b': an id must not contain '/'");
  BOOST_TEST(problem_after([](auto& x) { x.when = static_cast<restart>(9); })
             == "child 'a': when: 9 is not one of its values");
  BOOST_TEST(problem_after([](auto& x) { x.kind = static_cast<child_kind>(7); })
             == "child 'a': kind: 7 is not one of its values");
  BOOST_TEST(problem_after([](auto& x) { x.grace = -1s; })
             == "child 'a': grace must not be negative");
  BOOST_TEST(name(problem_after([](auto& x) { x.start_within = 0s; }))
             == "child 'a': start_within");
  BOOST_TEST(name(problem_after([](auto& x) { x.liveness = 0s; }))
             == "child 'a': liveness");
  BOOST_TEST(name(problem_after([](auto& x) {
               x.own_budget = budget{1, 0s};
             }))
             == "child 'a': own_budget:");
  BOOST_TEST(problem_after([](auto& x) {
               x.delay = {2s, 1s, 2.0, 1s};
             })
             == "child 'a': backoff needs 0 <= min <= max");
  BOOST_TEST(problem_after([](auto& x) {
               x.delay = {1s, 2s, 0.5, 1s};
             })
             == "child 'a': backoff factor must be at least 1");
  BOOST_TEST(problem_after([](auto& x) { x.delay.reset_after = -1s; })
             == "child 'a': backoff reset_after must not be negative");
  BOOST_TEST(problem_after([](auto&) {}) == "");
}

BOOST_AUTO_TEST_CASE(rule_17_duplicate_ids_are_refused) {
  BOOST_TEST(problem_of(policy(strategy::one_for_one),
                        {child("a"), child("b"), child("a")})
             == "two children have the id 'a': ids must be unique among "
                "siblings");
}

BOOST_AUTO_TEST_CASE(rule_18_specs_are_checked_against_an_auto_shutdown_mode) {
  auto a = child("a", restart::transient);
  a.significant = true;
  auto how = policy(strategy::one_for_one);
  BOOST_TEST(problem_of(how, {a}) != "");
  how.ends = auto_shutdown::all_significant;
  BOOST_TEST(problem_of(how, {a}) == "");
}

BOOST_AUTO_TEST_CASE(rule_20_each_bad_flag_of_a_supervisor_has_its_own_error) {
  BOOST_TEST(flaw_after([](auto& x) { x.how = static_cast<strategy>(5); })
             == "how: 5 is not one of its values");
  BOOST_TEST(flaw_after([](auto& x) { x.ends = static_cast<auto_shutdown>(5); })
             == "ends: 5 is not one of its values");
  BOOST_TEST(flaw_after([](auto& x) { x.stop = static_cast<stop_order>(5); })
             == "stop: 5 is not one of its values");
  BOOST_TEST(flaw_after([](auto& x) { x.within = 0s; })
             == "within must be positive, for example 5s");
  BOOST_TEST(flaw_after([](auto& x) { x.lost_after = 0s; })
             == "lost_after must be positive, for example 2s");
  BOOST_TEST(flaw_after([](auto& x) {
               x.subtree = budget{1, 0s};
             })
             == "subtree: within must be positive, for example 5s");
  BOOST_TEST(flaw_after([](auto& x) { x.max_restarts = 0; }) == "");
}

BOOST_AUTO_TEST_CASE(rule_21_significance_must_fit_child_and_supervisor) {
  auto a = child("a");
  a.significant = true;
  auto ending = policy(strategy::one_for_one);
  ending.ends = auto_shutdown::any_significant;
  BOOST_TEST(problem_of(ending, {a}).find("permanent") != std::string::npos);
  a.when = restart::temporary;
  BOOST_TEST(problem_of(ending, {a}) == "");
  auto never = problem_of(policy(strategy::one_for_one), {a});
  BOOST_TEST(never
             == "child 'a': significant: its supervisor never ends by itself; "
                "set `ends`");
  world w{policy(strategy::one_for_one), {}};
  auto token = w.boot().start_child(a);
  BOOST_TEST(w.answer(token) == "invalid");
  BOOST_TEST(w.reply(token).text == never);
}

BOOST_AUTO_TEST_CASE(start_child_with_a_bad_policy_starts_nothing) {
  world w{policy(strategy::one_for_one), {}};
  w.boot();
  auto bad = child("d");
  bad.grace = -1s;
  BOOST_TEST(w.answer(w.start_child(bad)) == "invalid");
  BOOST_TEST(!w.knows("d"));
}

BOOST_AUTO_TEST_SUITE_END()
