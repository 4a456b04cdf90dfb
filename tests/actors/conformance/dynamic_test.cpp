// The behaviours of dynamic supervisors (OTP: simple_one_for_one): 9, 29, 37,
// 38, 48, 49, 62, 72 and 73.

#include "tests/actors/conformance/stage.hpp"

using namespace conformance;

BOOST_AUTO_TEST_SUITE(conformance_dynamic)

CONFORMANCE_CASE(rule_09_declined_start_of_an_instance_leaves_nothing) {
  on.run(on.pool());
  on.does("x", {{at_start::declines, {}}});
  auto result = on.start("x");
  BOOST_REQUIRE(result);
  BOOST_TEST(!*result);
  BOOST_TEST(on.ids() == "");
}

CONFORMANCE_CASE(rule_10_instance_that_fails_to_start_leaves_nothing) {
  on.run(on.pool());
  on.does("x", {{at_start::throws, {}}});
  auto result = on.start("x");
  BOOST_REQUIRE(!result);
  auto text = actors::text_of(result.error());
  BOOST_TEST(text.find(start_problem) != std::string::npos, text);
  BOOST_TEST(on.ids() == "");
}

CONFORMANCE_CASE(rule_29_instances_are_terminated_by_handle) {
  on.run(on.pool());
  auto x = on.start("x");
  BOOST_REQUIRE(x);
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), *x));
  BOOST_TEST(on.await("child_stopped", "x").reason == "shutdown");
  BOOST_TEST(on.ids() == "");
  BOOST_TEST(!actors::terminate_child(on.system(), on.top(), *x)); // gone: ok
  auto stranger = actors::terminate_child(on.system(), on.top(), on.top());
  BOOST_TEST((stranger == actors::sup_errc::not_found));
}

CONFORMANCE_CASE(rule_38_counts_of_a_pool_are_right_after_many_were_killed) {
  auto n = on.many() / 2;
  on.run(on.pool(restart::temporary));
  for (size_t i = 0; i < n; ++i)
    BOOST_REQUIRE(on.start(std::to_string(i)));
  BOOST_TEST(actors::count_children(on.system(), on.top())->active == n);
  for (size_t i = 0; i < n; i += 2)
    caf::anon_send(on.top(), actors::child_request{actors::child_verb::kill,
                                                   std::to_string(i)});
  for (size_t i = 0; i < n; i += 2)
    on.await("child_ended", std::to_string(i));
  BOOST_TEST(actors::count_children(on.system(), on.top())->active == n / 2);
}

CONFORMANCE_CASE(rule_48_only_the_instance_that_failed_restarts_as_it_was) {
  on.run(on.pool());
  for (auto id : {"a", "b", "c"})
    BOOST_REQUIRE(on.start(id));
  auto before = on.info("b").handle;
  on.forget();
  on.tell("b", "crash");
  on.await("child_started", "b");
  // Its entry is made from the argument of its first start.
  words expected{"ended b", "start b", "started b"};
  BOOST_TEST(on.history() == expected, boost::test_tools::per_element());
  BOOST_TEST((on.info("b").handle == before));
  BOOST_TEST(on.ask("b", "echo", "back") == "back");
  BOOST_TEST(on.incarnation("a") == 1u);
}

CONFORMANCE_CASE(rule_49_instance_that_declines_its_restart_is_removed) {
  on.run(on.pool());
  on.does("a", {{}, {at_start::declines, {}}});
  BOOST_REQUIRE(on.start("a"));
  BOOST_REQUIRE(on.start("b"));
  auto gone = on.info("a").handle;
  caf::scoped_actor self{on.system()};
  self->monitor(gone);
  on.tell("a", "crash");
  self->receive([](caf::down_msg&) {},
                caf::after(patience) >>
                  [] { BOOST_FAIL("it is still there"); });
  BOOST_TEST(on.ids() == "b");
}

CONFORMANCE_CASE(rule_62_pool_that_gives_up_ends_all_its_instances) {
  auto spec = on.pool();
  spec.max_restarts = 1;
  on.run(spec);
  for (auto id : {"a", "b"})
    BOOST_REQUIRE(on.start(id));
  on.tell("a", "crash");
  on.await("child_started", "a", 2);
  on.tell("a", "crash");
  on.await("gave_up", "");
  BOOST_TEST((on.end_of_top() == caf::exit_reason::user_shutdown));
  BOOST_TEST(on.processes().running() == 0u);
}

CONFORMANCE_CASE(rule_73_errors_of_a_pools_stop_are_told_once_with_a_count) {
  auto spec = on.pool(restart::temporary);
  on.run(spec);
  for (auto id : {"a", "b", "c", "d"}) {
    if (id != std::string{"d"})
      on.does(id, {{at_start::runs, at_stop::is_sour}});
    BOOST_REQUIRE(on.start(id));
  }
  on.stop();
  words expected{"stop_failed "};
  BOOST_TEST(on.history({"stop_failed"}) == expected,
             boost::test_tools::per_element());
  auto told = on.await("stop_failed", "");
  BOOST_TEST(told.reason == "crashed");
  BOOST_TEST(told.text.find("sour") != std::string::npos, told.text);
  BOOST_TEST(told.text.find("3") != std::string::npos, told.text);
}

BOOST_AUTO_TEST_SUITE_END()
