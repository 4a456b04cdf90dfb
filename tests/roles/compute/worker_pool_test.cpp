#include <roles/compute/worker_pool.hpp>

#include <boost/test/unit_test.hpp>
#include <caf/scheduler/test_coordinator.hpp>

using namespace roles;

namespace {

struct pool_fixture {
  pool_fixture() {
    cfg.set("scheduler.policy", caf::atom("testing"));
    sys = std::make_unique<caf::actor_system>(cfg);
  }

  ~pool_fixture() {
    for (auto& x : all)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    caf::anon_send_exit(listener, caf::exit_reason::kill);
    all.clear();
    pool = {};
    run();
  }

  void run() {
    auto& sched =
      dynamic_cast<caf::scheduler::test_coordinator&>(sys->scheduler());
    sched.run();
  }

  actors::running_child child(const std::string& path, uint64_t incarnation) {
    auto actor = sys->spawn([](caf::event_based_actor*) -> caf::behavior {
      return {[](caf::unit_t) {}};
    });
    all.push_back(actor);
    return {path, incarnation, actor, 0, nullptr, actor};
  }

  void listen() {
    listener = sys->spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](const worker_change& x) {
        heard += (x.up ? "+" : "-") + x.worker.path
                 + std::to_string(x.worker.incarnation) + " ";
      }};
    });
    pool->subscribe(listener);
  }

  caf::actor_system_config cfg;
  std::unique_ptr<caf::actor_system> sys;
  std::unique_ptr<worker_pool> pool = std::make_unique<worker_pool>();
  std::vector<caf::actor> all;
  caf::actor listener;
  std::string heard;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(worker_pool_rules, pool_fixture)

BOOST_AUTO_TEST_CASE(who_subscribes_hears_of_those_there_and_of_each_change) {
  auto a = child("a", 1);
  auto b = child("b", 1);
  pool->up(a);
  listen();
  pool->up(b);
  pool->down(a);
  run();
  BOOST_TEST(heard == "+a1 +b1 -a1 ");
  BOOST_TEST(pool->workers().size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_end_is_told_once_and_only_of_the_incarnation_there) {
  listen();
  auto first = child("a", 1);
  auto second = child("a", 2);
  pool->up(first);
  pool->down(second);
  pool->down(first);
  pool->down(first);
  pool->up(second);
  pool->down(first);
  run();
  BOOST_TEST(heard == "+a1 -a1 +a2 ");
}

BOOST_AUTO_TEST_CASE(the_next_one_waits_until_the_one_before_is_gone) {
  // Their supervisor was killed: incarnations count from 1 again, and the old
  // worker is still in the middle of something.
  listen();
  auto old = child("a", 1);
  auto next = child("a", 1);
  pool->up(old);
  pool->up(next);
  run();
  BOOST_TEST(heard == "+a1 ");
  BOOST_TEST((pool->workers().front().current == old.current));
  pool->down(old);
  run();
  BOOST_TEST(heard == "+a1 -a1 +a1 ");
  BOOST_TEST((pool->workers().front().current == next.current));
}

BOOST_AUTO_TEST_CASE(a_next_one_that_ends_early_is_never_heard_of) {
  listen();
  auto old = child("a", 1);
  auto next = child("a", 1);
  pool->up(old);
  pool->up(next);
  pool->down(next);
  pool->down(old);
  run();
  BOOST_TEST(heard == "+a1 -a1 ");
  BOOST_TEST(pool->workers().empty());
}

BOOST_AUTO_TEST_CASE(a_subscriber_that_ended_is_forgotten) {
  listen();
  caf::anon_send_exit(listener, caf::exit_reason::kill);
  run();
  listener = nullptr;
  pool->up(child("a", 1));
  run();
  BOOST_TEST(heard == "");
}

BOOST_AUTO_TEST_SUITE_END()
