// What `warnings` says of specifications that are allowed.

#include <actors/supervision/child.hpp>
#include <actors/supervision/dynamic.hpp>
#include <actors/supervision/warnings.hpp>

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;

namespace {

actors::child_spec worker(std::string id) {
  auto x = actors::actor_child(std::move(id), [](caf::event_based_actor*) {
    return caf::behavior{[](int) {}};
  });
  x.grace = 1s;
  return x;
}

actors::supervisor_spec spec_of(std::vector<actors::child_spec> children,
                                uint32_t max_restarts = 3) {
  actors::supervisor_spec spec;
  spec.max_restarts = max_restarts;
  spec.children = std::move(children);
  return spec;
}

/// The only warning, or what is wrong with that.
std::string only(const std::vector<std::string>& xs) {
  return xs.size() == 1 ? xs[0] : std::to_string(xs.size()) + " warnings";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(warnings)

BOOST_AUTO_TEST_CASE(ordinary_specification_gives_none) {
  auto spec = spec_of({worker("a"), worker("b")});
  spec.children[0].delay = {10ms, 100ms, 2.0, 30s};
  BOOST_TEST(actors::warnings(spec, "app").empty());
}

BOOST_AUTO_TEST_CASE(stops_that_outlast_the_window_can_never_escalate) {
  auto spec = spec_of({worker("a"), worker("b")});
  spec.how = actors::strategy::one_for_all;
  spec.lost_after = 1s;
  auto text = only(actors::warnings(spec, "app"));
  BOOST_TEST(has(text, "app: its children may take 4 s to stop"), text);
  BOOST_TEST(has(text, "3 restarts within 5 s are never reached"), text);
  spec.within = 12s;
  BOOST_TEST(actors::warnings(spec).empty());
  spec.within = 5s;
  spec.stop = actors::stop_order::parallel;
  spec.max_restarts = 2;
  BOOST_TEST(actors::warnings(spec).empty()); // 2 x 2 s
}

BOOST_AUTO_TEST_CASE(stops_of_supervisors_below_are_added_up) {
  auto below = spec_of({worker("x"), worker("y")});
  below.lost_after = 1s;
  auto spec = spec_of({actors::supervisor_child("sub", below), worker("a")});
  spec.lost_after = 1s;
  BOOST_TEST((actors::longest_stop(spec) == 6s));
  spec.children[1].grace = actors::infinite;
  BOOST_TEST((actors::longest_stop(spec) == actors::infinite));
}

BOOST_AUTO_TEST_CASE(backoff_that_outlasts_the_window_can_never_escalate) {
  auto spec = spec_of({worker("a")}, 10);
  spec.children[0].delay = {1s, 10s, 2.0, 30s};
  auto text = only(actors::warnings(spec, "app/pool"));
  BOOST_TEST(has(text, "app/pool: child 'a': its backoff takes"), text);
  spec.within = 60s;
  BOOST_TEST(actors::warnings(spec).empty());
}

BOOST_AUTO_TEST_CASE(slow_notice_of_failures_can_never_escalate) {
  auto spec = spec_of({worker("a")});
  spec.children[0].start_within = 10s;
  BOOST_TEST(has(only(actors::warnings(spec)), "not acknowledged"));
  spec.children[0].start_within = actors::infinite;
  spec.children[0].liveness = 10s;
  BOOST_TEST(has(only(actors::warnings(spec)), "that it hangs"));
}

BOOST_AUTO_TEST_CASE(budget_of_nought_escalates_always) {
  auto spec = spec_of({worker("a")}, 0);
  spec.children[0].liveness = 1h;
  spec.children[0].delay = {1h, 1h, 2.0, 30s};
  BOOST_TEST(actors::warnings(spec).empty());
}

BOOST_AUTO_TEST_CASE(own_budget_that_is_never_spent_first_is_said) {
  auto spec = spec_of({worker("a")});
  spec.children[0].own_budget = actors::budget{3, 5s};
  BOOST_TEST(has(only(actors::warnings(spec)), "never spent before"));
  spec.children[0].own_budget = actors::budget{2, 5s};
  BOOST_TEST(actors::warnings(spec).empty());
}

BOOST_AUTO_TEST_CASE(budgets_multiply_up_the_tree) {
  auto low = spec_of({worker("x")}, 9);
  auto mid = spec_of({actors::supervisor_child("low", low)}, 9);
  auto top = spec_of({actors::supervisor_child("mid", mid), worker("a")}, 9);
  BOOST_TEST(actors::most_starts(top) == 1000);
  BOOST_TEST(actors::warnings(top, "app").empty());
  top.max_restarts = 10;
  auto text = only(actors::warnings(top, "app"));
  BOOST_TEST(has(text, "app: a child that always crashes may be started 1100"),
             text);
}

// -- settings that undo one another -------------------------------------------

BOOST_AUTO_TEST_CASE(budget_that_ends_before_poison_is_found_is_said) {
  auto spec = spec_of({worker("a")}, 1);
  auto& a = spec.children[0];
  a.while_down = actors::hold(10);
  auto text = only(actors::warnings(spec, "app"));
  BOOST_TEST(has(text, "app: child 'a': a message that always crashes it"));
  BOOST_TEST(has(text, "more than 1 restarts"), text);
  a.poison_after = 0; // tried for ever
  BOOST_TEST(actors::warnings(spec).empty());
  a.poison_after = 2;
  spec.max_restarts = 2;
  BOOST_TEST(actors::warnings(spec).empty());
  a.own_budget = actors::budget{1, 1h};
  BOOST_TEST(has(only(actors::warnings(spec)), "more than 1 restarts"));
  a.own_budget.reset();
  spec.subtree = actors::budget{1, 1h};
  BOOST_TEST(has(only(actors::warnings(spec)), "more than 1 restarts"));
}

BOOST_AUTO_TEST_CASE(settings_that_say_nothing_are_said) {
  using change = std::function<void(actors::child_spec&)>;
  const std::vector<std::pair<change, std::string>> cases{
    {[](auto& x) { x.while_down = actors::hold(0); }, "keeps no message"},
    {[](auto& x) {
       x.when = actors::restart::temporary;
       x.while_down = actors::hold(5);
     },
     "held for nobody"},
    {[](auto& x) {
       x.when = actors::restart::temporary;
       x.delay = {1ms, 2ms, 2.0, 30s};
     },
     "a backoff says nothing"},
    {[](auto& x) {
       x.when = actors::restart::temporary;
       x.own_budget = actors::budget{1, 1s};
     },
     "an own_budget says nothing"},
    {[](auto& x) { x.delay.max = 1s; }, "never waits"},
    {[](auto& x) {
       x.delay = {1ms, 2ms, 2.0, 0s};
     },
     "reset_after 0"},
    {[](auto& x) { x.snapshots.every = 1s; }, "without a store"},
  };
  for (auto& [apply, words] : cases) {
    auto spec = spec_of({worker("a")});
    apply(spec.children[0]);
    auto text = only(actors::warnings(spec));
    BOOST_TEST(has(text, words), words << ": " << text);
  }
}

BOOST_AUTO_TEST_CASE(supervisor_that_has_less_time_than_its_children_is_said) {
  auto below = spec_of({worker("x"), worker("y")});
  auto sub = actors::supervisor_child("sub", below);
  sub.grace = 5s;
  auto text = only(actors::warnings(spec_of({sub})));
  BOOST_TEST(has(text, "its own children may take 6 s"), text);
  sub.grace = 6s;
  BOOST_TEST(actors::warnings(spec_of({sub})).empty());
}

BOOST_AUTO_TEST_CASE(supervisor_that_waits_for_nobody_to_end_it_is_said) {
  auto spec = spec_of({worker("a")});
  spec.ends = actors::auto_shutdown::any_significant;
  BOOST_TEST(has(only(actors::warnings(spec)), "none of its children"));
}

BOOST_AUTO_TEST_CASE(templates_of_dynamic_supervisors_are_looked_into) {
  actors::dynamic_spec pool;
  pool.child = worker("w");
  pool.child.while_down = actors::hold(10);
  auto spec = spec_of({actors::dynamic_supervisor_child("pool", pool)});
  auto text = only(actors::warnings(spec, "app"));
  BOOST_TEST(has(text, "app/pool: child 'w': a message"), text);
}

BOOST_AUTO_TEST_SUITE_END()
