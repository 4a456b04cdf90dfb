#include <roles/network/router.hpp>

#include <boost/test/unit_test.hpp>
#include <caf/scheduler/test_coordinator.hpp>

using namespace roles;
using namespace std::chrono_literals;

namespace {

/// What a fake worker does with a request.
enum class manner { answers, needs_model, silent, refuses, fails };

struct fake_state {
  fake_state() = default; // CAF would make the aggregate from a pointer: true
  bool loaded = false;
};

struct router_fixture {
  router_fixture() {
    cfg.set("scheduler.policy", caf::atom("testing"));
    sys = std::make_unique<caf::actor_system>(cfg);
    router = sys->spawn(router_actor, pool);
    run();
  }

  ~router_fixture() {
    for (auto& x : workers)
      caf::anon_send_exit(x.handle, caf::exit_reason::kill);
    caf::anon_send_exit(router, caf::exit_reason::kill);
    workers.clear();
    router = nullptr;
    run();
  }

  caf::scheduler::test_coordinator& sched() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(sys->scheduler());
  }

  void run() { sched().run(); }

  /// Lets time pass until there is an answer.
  void wait(std::chrono::milliseconds most = 60s) {
    run();
    for (auto t = 0ms; t < most && answer.empty(); t += 5ms) {
      sched().advance_time(5ms);
      run();
    }
  }

  actors::running_child start(const std::string& path, manner how) {
    auto body = [this, path,
                 how](caf::stateful_actor<fake_state>* self) -> caf::behavior {
      return {
        [this](caf::unit_t) {
          late.deliver(infer_report{1, "late"});
        },
        [=, this](const load_order&) -> caf::result<void> {
          ++loads[path];
          self->state.loaded = true;
          return caf::unit;
        },
        [=, this](const infer_order& x) -> caf::result<infer_report> {
          ++asked[path];
          switch (how) {
          case manner::refuses:
            return make_role_error(role_errc::bad_content, "bad row");
          case manner::fails:
            return make_role_error(role_errc::failed, "broken");
          case manner::silent:
            late = self->make_response_promise<
              caf::typed_response_promise<infer_report>>();
            return late;
          case manner::needs_model:
            if (!self->state.loaded)
              return make_role_error(role_errc::need_model, x.model);
            break;
          default:
            break;
          }
          return infer_report{1, path};
        },
      };
    };
    auto actor = sys->spawn(body);
    workers.push_back({path, 1, actor, 0, nullptr, actor});
    pool->up(workers.back());
    run();
    return workers.back();
  }

  void end(const actors::running_child& x) {
    caf::anon_send_exit(x.current, caf::exit_reason::kill);
    run();
    pool->down(x);
  }

  void ask() {
    auto model = std::make_shared<model_bytes>(model_bytes{"m", "bytes"});
    sys->spawn([this, model](caf::event_based_actor* self) {
      self->request(router, 10min, route_infer{model, 1, "abcd"})
        .then([this](const infer_report& x) { answer += x.values; },
              [this](const caf::error& x) {
                answer += x == role_errc::bad_content   ? "bad_content"
                          : x == role_errc::unavailable ? "unavailable"
                                                        : "other";
              });
    });
    run();
  }

  caf::actor_system_config cfg;
  std::unique_ptr<caf::actor_system> sys;
  std::shared_ptr<worker_pool> pool = std::make_shared<worker_pool>();
  caf::actor router;
  std::vector<actors::running_child> workers;
  std::map<std::string, int> asked;
  std::map<std::string, int> loads;
  caf::typed_response_promise<infer_report> late;
  std::string answer;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(router_rules, router_fixture)

BOOST_AUTO_TEST_CASE(a_worker_that_has_the_model_answers) {
  start("w1", manner::answers);
  ask();
  BOOST_TEST(answer == "w1");
}

BOOST_AUTO_TEST_CASE(a_worker_without_the_model_is_given_it_and_asked_again) {
  for (int i = 0; i < 40; ++i) // that many others lack it, too
    start("w" + std::to_string(i), manner::needs_model);
  for (int i = 0; i < 20; ++i) {
    answer.clear();
    ask();
    wait();
    BOOST_TEST_REQUIRE(answer.substr(0, 1) == "w");
    BOOST_TEST(loads[answer] == 1, answer << " of " << loads.size());
  }
}

BOOST_AUTO_TEST_CASE(a_request_goes_on_at_once_when_its_worker_dies) {
  auto dying = start("w1", manner::silent);
  ask();
  BOOST_TEST(asked["w1"] == 1);
  start("w2", manner::answers);
  end(dying);
  wait(1s);
  BOOST_TEST(answer == "w2");
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_late_is_not_a_second_one) {
  auto slow = start("w1", manner::silent);
  ask();
  start("w2", manner::answers);
  pool->down(slow); // it lives on for a moment
  wait(1s);
  BOOST_TEST(answer == "w2");
  caf::anon_send(slow.current, caf::unit);
  run();
  BOOST_TEST(!late.pending());
  BOOST_TEST(answer == "w2");
}

BOOST_AUTO_TEST_CASE(a_request_waits_for_a_worker_to_start) {
  ask();
  BOOST_TEST(answer == "");
  sched().advance_time(5s);
  start("w1", manner::answers);
  wait(1s);
  BOOST_TEST(answer == "w1");
}

BOOST_AUTO_TEST_CASE(without_any_worker_it_is_unavailable_after_a_while) {
  ask();
  wait();
  BOOST_TEST(answer == "unavailable");
}

BOOST_AUTO_TEST_CASE(a_bad_request_is_refused_and_not_tried_elsewhere) {
  start("w1", manner::refuses);
  start("w2", manner::refuses);
  ask();
  wait(1s);
  BOOST_TEST(answer == "bad_content");
  BOOST_TEST(asked["w1"] + asked["w2"] == 1);
}

BOOST_AUTO_TEST_CASE(a_request_that_kills_every_worker_is_given_up) {
  for (int i = 0; i < 40 && answer.empty(); ++i) {
    auto dying = start("w" + std::to_string(i), manner::silent);
    if (i == 0)
      ask();
    for (int t = 0; t < 400 && asked[dying.path] == 0; ++t) {
      sched().advance_time(10ms);
      run();
    }
    end(dying);
    run();
  }
  BOOST_TEST(answer == "unavailable");
}

BOOST_AUTO_TEST_CASE(a_worker_that_fails_every_time_is_given_up) {
  start("w1", manner::fails);
  ask();
  wait();
  BOOST_TEST(answer == "unavailable");
  BOOST_TEST(asked["w1"] > 1);
}

BOOST_AUTO_TEST_CASE(who_waits_is_told_when_the_router_ends) {
  ask();
  caf::anon_send_exit(router, caf::exit_reason::kill);
  run();
  BOOST_TEST(answer == "unavailable");
}

BOOST_AUTO_TEST_SUITE_END()
