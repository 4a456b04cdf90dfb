#include <actors/observe/event_log.hpp>
#include <actors/supervision/child.hpp>
#include <actors/supervision/messages.hpp>
#include <actors/supervision/stable_handle.hpp>
#include <actors/supervision/supervisor.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace std::chrono_literals;

struct counter_state {
  int64_t total = 0;
};

using add_a = caf::atom_constant<caf::atom("add")>;
using boom_a = caf::atom_constant<caf::atom("boom")>;

caf::behavior counter(caf::stateful_actor<counter_state>* self, int64_t start) {
  self->state.total = start;
  return {
    [=](add_a, int64_t x) { return self->state.total += x; },
    [](boom_a) -> int64_t { throw std::runtime_error{"the counter broke"}; },
  };
}

struct fixture {
  fixture() : sys{cfg} {
    auto rt = std::make_shared<actors::supervision_runtime>();
    rt->on_event = [this](actors::event e) { BOOST_TEST_MESSAGE(actors::to_line(e)); log.add(std::move(e)); };
    runtime = rt;
  }

  int64_t add(const caf::actor& to, int64_t x) {
    caf::scoped_actor self{sys};
    int64_t result = -1;
    self->request(to, 5s, add_a::value, x)
      .receive([&](int64_t r) { result = r; },
               [&](caf::error& e) { BOOST_FAIL(actors::text_of(e)); });
    return result;
  }

  std::string crash(const caf::actor& to) {
    caf::scoped_actor self{sys};
    std::string text;
    self->request(to, 5s, boom_a::value)
      .receive([](int64_t) { BOOST_FAIL("no crash"); },
               [&](caf::error& e) { text = actors::text_of(e); });
    return text;
  }

  caf::actor_system_config cfg;
  caf::actor_system sys;
  actors::event_log log;
  actors::runtime_ptr runtime;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(supervisor, fixture)

BOOST_AUTO_TEST_CASE(a_crashed_child_answers_again_behind_the_same_handle) {
  actors::supervisor_spec spec;
  spec.max_restarts = 3;
  auto sup = actors::spawn_supervisor(sys, "root", spec, runtime);
  BOOST_REQUIRE(sup);
  auto child = actors::start_child(
    sys, *sup, actors::actor_child("counter", counter, int64_t{5}));
  BOOST_REQUIRE(child);
  BOOST_TEST(add(*child, 2) == 7);
  BOOST_TEST_MESSAGE("before crash");
  BOOST_TEST(crash(*child) == "the counter broke");
  actors::which_children(sys, *sup); // served after the restart
  BOOST_TEST(add(*child, 1) == 6);
  auto children = actors::which_children(sys, *sup);
  BOOST_REQUIRE(children);
  BOOST_TEST(children->at(0).restarts == 1);
  BOOST_TEST(children->at(0).last_exit == "crashed: the counter broke");
  actors::stop_supervisor(sys, *sup);
}

BOOST_AUTO_TEST_SUITE_END()
