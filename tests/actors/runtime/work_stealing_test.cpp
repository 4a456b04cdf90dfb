#include <actors/runtime/configure.hpp>

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>

#include <atomic>
#include <latch>
#include <random>

namespace {

using namespace std::chrono_literals;

using tick_a = caf::atom_constant<caf::atom("tick")>;
using stop_a = caf::atom_constant<caf::atom("stop")>;

constexpr auto patience = 60s; // only a hang takes so long

struct machine {
  explicit machine(size_t threads) : sys{configure(threads)} {}

  caf::actor_system_config& configure(size_t threads) {
    actors::configure_runtime(cfg, threads);
    return cfg;
  }

  int64_t ask(const caf::actor& to, int64_t x) {
    caf::scoped_actor self{sys};
    int64_t answer = -1;
    self->request(to, patience, x)
      .receive([&](int64_t y) { answer = y; },
               [&](caf::error& e) { BOOST_ERROR(sys.render(e)); });
    return answer;
  }

  caf::actor_system_config cfg;
  caf::actor_system sys;
};

caf::behavior echo(caf::event_based_actor*) {
  return {[](int64_t x) { return x; }};
}

/// Sends to itself for ever, until told to stop.
caf::behavior restless(caf::event_based_actor* self) {
  self->send(self, tick_a::value);
  return {[=](tick_a) { self->send(self, tick_a::value); },
          [=](stop_a) { self->quit(); }};
}

/// Two of them keep each other busy for ever.
caf::behavior volley(caf::event_based_actor* self) {
  return {[=](tick_a, const caf::actor& other) {
            self->send(other, tick_a::value, caf::actor{self});
          },
          [=](stop_a) { self->quit(); }};
}

/// Passes a number on until it is nought, then tells.
caf::behavior player(caf::event_based_actor* self, std::latch* done) {
  return {[=](int64_t n, const caf::actor& other) {
    if (n == 0)
      done->count_down();
    else
      self->send(other, n - 1, caf::actor{self});
  }};
}

/// Blocks its worker until two actors, spawned behind it, have run; the first
/// of them does the same, `depth - 1` times.
void block_until_followers_ran(caf::local_actor* self, int depth) {
  std::latch followers{2};
  self->spawn([&](caf::event_based_actor* next) {
    if (depth > 1)
      block_until_followers_ran(next, depth - 1);
    followers.count_down();
  });
  self->spawn([&](caf::event_based_actor*) { followers.count_down(); });
  followers.wait();
}

void stop(const caf::actor& x) {
  caf::anon_send(x, stop_a::value);
}

} // namespace

BOOST_AUTO_TEST_SUITE(work_stealing)

BOOST_AUTO_TEST_CASE(messages_go_to_and_fro_between_many_pairs) {
  for (size_t threads : {1, 2, 4}) {
    machine m{threads};
    constexpr int pairs = 50;
    std::latch done{pairs};
    std::vector<caf::actor> players;
    for (int i = 0; i < 2 * pairs; ++i)
      players.push_back(m.sys.spawn(player, &done));
    for (int i = 0; i < pairs; ++i)
      caf::anon_send(players[2 * i], int64_t{2000}, players[2 * i + 1]);
    done.wait();
    BOOST_TEST(m.ask(m.sys.spawn(echo), 7) == 7);
  }
}

BOOST_AUTO_TEST_CASE(calls_from_outside_after_idleness_are_answered) {
  machine m{2};
  auto a = m.sys.spawn(echo);
  for (int64_t i = 0; i < 2000; ++i)
    BOOST_REQUIRE(m.ask(a, i) == i);
}

BOOST_AUTO_TEST_CASE(hundred_thousand_actors_start_answer_and_end) {
  machine m{2};
  std::latch done{100'000};
  m.sys.spawn([&](caf::event_based_actor* self) {
    for (int i = 0; i < 100'000; ++i)
      self->send(self->spawn([&](caf::event_based_actor*) -> caf::behavior {
        return {[&](tick_a) { done.count_down(); }};
      }),
                 tick_a::value);
  });
  done.wait();
}

BOOST_AUTO_TEST_CASE(actors_that_mail_themselves_do_not_starve_others) {
  for (size_t threads : {1, 2}) {
    machine m{threads};
    std::vector<caf::actor> busy;
    for (size_t i = 0; i < 2 * threads; ++i)
      busy.push_back(m.sys.spawn(restless));
    auto a = m.sys.spawn(echo);
    for (int64_t i = 0; i < 20; ++i)
      BOOST_TEST(m.ask(a, i) == i);
    for (auto& x : busy)
      stop(x);
  }
}

BOOST_AUTO_TEST_CASE(actors_that_mail_each_other_do_not_starve_others) {
  for (size_t threads : {1, 2}) {
    machine m{threads};
    std::vector<caf::actor> busy;
    for (size_t i = 0; i < 2 * threads; ++i) {
      auto one = m.sys.spawn(volley);
      auto two = m.sys.spawn(volley);
      caf::anon_send(one, tick_a::value, two);
      busy.insert(busy.end(), {one, two});
    }
    auto a = m.sys.spawn(echo);
    for (int64_t i = 0; i < 20; ++i)
      BOOST_TEST(m.ask(a, i) == i);
    for (auto& x : busy)
      stop(x);
  }
}

BOOST_AUTO_TEST_CASE(work_behind_a_busy_worker_is_done_by_another) {
  machine m{2};
  std::latch helped{1};
  std::latch done{1};
  m.sys.spawn([&](caf::event_based_actor* self) {
    self->spawn([&](caf::event_based_actor*) { helped.count_down(); });
    helped.wait(); // blocks this worker: only another one can help
    done.count_down();
  });
  done.wait();
}

BOOST_AUTO_TEST_CASE(every_worker_joins_in_when_there_is_much_to_do) {
  constexpr int threads = 4;
  machine m{threads};
  std::latch all_there{threads};
  for (int i = 0; i < threads; ++i)
    m.sys.spawn([&](caf::event_based_actor*) { all_there.arrive_and_wait(); });
  all_there.wait();
}

BOOST_AUTO_TEST_CASE(no_job_is_left_behind_one_that_waits_for_it) {
  std::random_device device;
  auto seed = device();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::minstd_rand rng{seed};
  for (size_t threads : {2, 3, 4}) {
    machine m{threads};
    for (int round = 0; round < 3000; ++round) {
      std::latch done{4};
      auto chain = static_cast<int>(rng() % (threads - 1)) + 1;
      // One chain blocks at most `threads - 1` workers at once.
      m.sys.spawn([&](caf::event_based_actor* self) {
        block_until_followers_ran(self, chain);
        done.count_down();
      });
      for (int i = 0; i < 3; ++i) // from outside, at any moment
        m.sys.spawn([&](caf::event_based_actor*) { done.count_down(); });
      done.wait();
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
