// Calls to supervisors on a real scheduler: behaviours 14 and 33.

#include <actors/runtime/configure.hpp>
#include <actors/supervision/child.hpp>
#include <actors/supervision/messages.hpp>
#include <actors/supervision/supervisor.hpp>

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>

namespace {

struct machine {
  machine() : sys{configure()} {}

  caf::actor_system_config& configure() {
    actors::configure_runtime(cfg, 2);
    return cfg;
  }

  caf::actor_system_config cfg;
  actors::runtime_ptr runtime =
    std::make_shared<const actors::supervision_runtime>();
  caf::actor_system sys;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rules_calls, machine)

BOOST_AUTO_TEST_CASE(rule_14_second_root_of_the_same_path_is_already_started) {
  auto first = actors::spawn_supervisor(sys, "app", {}, runtime);
  BOOST_REQUIRE(first);
  auto second = actors::spawn_supervisor(sys, "app", {}, runtime);
  BOOST_REQUIRE(!second);
  BOOST_TEST((second.error() == actors::sup_errc::bad_state));
  BOOST_TEST(actors::text_of(second.error()).find("already_started: 'app'")
             != std::string::npos);
  auto other = actors::spawn_supervisor(sys, "other", {}, runtime);
  BOOST_REQUIRE(other);
  actors::stop_supervisor(sys, *other);
  actors::stop_supervisor(sys, *first);
  auto third = actors::spawn_supervisor(sys, "app", {}, runtime);
  BOOST_REQUIRE(third); // the name is free again
  actors::stop_supervisor(sys, *third);
}

BOOST_AUTO_TEST_CASE(rule_14_name_of_a_root_that_did_not_start_is_free) {
  actors::supervisor_spec bad;
  bad.children = {actors::actor_child("a", [](caf::event_based_actor*) {
    throw std::runtime_error{"no"};
    return caf::behavior{};
  })};
  BOOST_TEST(!actors::spawn_supervisor(sys, "app", bad, runtime));
  auto again = actors::spawn_supervisor(sys, "app", {}, runtime);
  BOOST_REQUIRE(again);
  actors::stop_supervisor(sys, *again);
}

BOOST_AUTO_TEST_CASE(rule_33_calls_to_a_supervisor_that_is_gone_fail_at_once) {
  auto top = actors::spawn_supervisor(sys, "app", {}, runtime);
  BOOST_REQUIRE(top);
  actors::stop_supervisor(sys, *top);
  for (auto& err : {actors::terminate_child(sys, *top, "a"),
                    actors::delete_child(sys, *top, "a"),
                    actors::which_children(sys, *top).error(),
                    actors::restart_child(sys, *top, "a").error(),
                    actors::replace_children(sys, *top, {}),
                    actors::which_child(sys, *top, "a").error()})
    BOOST_TEST((err == actors::sup_errc::gone), actors::text_of(err));
}

BOOST_AUTO_TEST_SUITE_END()
