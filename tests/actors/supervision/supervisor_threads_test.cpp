// Supervisors on a real scheduler with threads: what virtual time cannot show.

#include <actors/runtime/configure.hpp>
#include <actors/supervision/child.hpp>
#include <actors/supervision/messages.hpp>
#include <actors/supervision/stable_handle.hpp>
#include <actors/supervision/supervisor.hpp>

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>

#include <atomic>
#include <thread>

namespace {

using namespace std::chrono_literals;

using ask_a = caf::atom_constant<caf::atom("ask")>;
using boom_a = caf::atom_constant<caf::atom("boom")>;

constexpr auto patience = 60s; // only a hang takes so long

struct machine {
  machine() : sys{configure()} {}

  caf::actor_system_config& configure() {
    actors::configure_runtime(cfg, 2);
    return cfg;
  }

  actors::runtime_ptr runtime =
    std::make_shared<const actors::supervision_runtime>();
  caf::actor_system_config cfg;
  caf::actor_system sys;
};

/// Tells of each of its incarnations.
struct births {
  std::mutex mutex;
  std::condition_variable changed;
  uint64_t count = 0;

  void add() {
    std::lock_guard lock{mutex};
    ++count;
    changed.notify_all();
  }

  bool await(uint64_t n) {
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, patience, [&] { return count >= n; });
  }
};

actors::child_spec crasher(std::string id, births& b) {
  auto spec = actors::actor_child(
    std::move(id), [](caf::event_based_actor*) -> caf::behavior {
      return {
        [](ask_a, int64_t x) { return x; },
        [](boom_a) { throw std::runtime_error{"boom"}; },
      };
    });
  spec.on_up = [&b](const actors::running_child&) { b.add(); };
  return spec;
}

actors::supervisor_spec never_gives_up() {
  actors::supervisor_spec spec;
  spec.max_restarts = 1'000'000;
  spec.within = 1h;
  return spec;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(supervisor_threads, machine)

BOOST_AUTO_TEST_CASE(child_with_its_own_thread_crashes_and_answers_again) {
  births b;
  auto sup = actors::spawn_supervisor(sys, "top", never_gives_up(), runtime);
  BOOST_REQUIRE(sup);
  auto spec = crasher("t", b);
  spec.runs_on = actors::carrier::thread;
  auto t = actors::start_child(sys, *sup, spec);
  BOOST_REQUIRE(t);
  caf::scoped_actor self{sys};
  for (uint64_t i = 1; i <= 20; ++i) {
    BOOST_REQUIRE(b.await(i));
    self->request(*t, patience, ask_a::value, int64_t(i))
      .receive([&](int64_t x) { BOOST_TEST(x == int64_t(i)); },
               [&](caf::error& e) { BOOST_ERROR(actors::text_of(e)); });
    self->request(*t, patience, boom_a::value)
      .receive(
        [] { BOOST_ERROR("it did not crash"); },
        [&](caf::error& e) { BOOST_TEST(actors::text_of(e) == "boom"); });
  }
  actors::stop_supervisor(sys, *sup);
}

BOOST_AUTO_TEST_CASE(blocking_calls_do_all_that_the_messages_do) {
  births b;
  auto sup = actors::spawn_supervisor(sys, "top", never_gives_up(), runtime);
  BOOST_REQUIRE(sup);
  auto a = actors::start_child(sys, *sup, crasher("a", b));
  BOOST_REQUIRE(a);
  auto again = actors::start_child(sys, *sup, crasher("a", b));
  BOOST_REQUIRE(!again);
  BOOST_TEST((again.error() == actors::sup_errc::bad_state));
  BOOST_TEST(!actors::terminate_child(sys, *sup, "a"));
  auto counts = actors::count_children(sys, *sup);
  BOOST_REQUIRE(counts);
  BOOST_TEST(counts->active == 0);
  auto restarted = actors::restart_child(sys, *sup, "a");
  BOOST_REQUIRE(restarted);
  BOOST_TEST((*restarted == *a));
  BOOST_TEST(
    (actors::delete_child(sys, *sup, "a") == actors::sup_errc::bad_state));
  BOOST_TEST(
    (actors::terminate_child(sys, *sup, "x") == actors::sup_errc::not_found));
  actors::stop_supervisor(sys, *sup);
  auto late = actors::which_children(sys, *sup);
  BOOST_TEST(!late); // an error at once, no waiting
}

BOOST_AUTO_TEST_CASE(bad_spec_and_failed_start_are_told_to_the_caller) {
  actors::supervisor_spec bad;
  bad.within = 0s;
  auto refused = actors::spawn_supervisor(sys, "top", bad, runtime);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error() == actors::sup_errc::bad_spec));
  auto spec = never_gives_up();
  spec.children.push_back(
    actors::actor_child("bad", [](caf::event_based_actor*) -> caf::behavior {
      throw std::runtime_error{"no disk"};
    }));
  auto failed = actors::spawn_supervisor(sys, "top", spec, runtime);
  BOOST_REQUIRE(!failed);
  BOOST_TEST((failed.error() == actors::sup_errc::start_failed));
  BOOST_TEST(actors::text_of(failed.error()).find("no disk")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(senders_never_reach_a_freed_incarnation) {
  // Meant for AddressSanitizer: many threads send while it is replaced.
  births b;
  auto sup = actors::spawn_supervisor(sys, "top", never_gives_up(), runtime);
  BOOST_REQUIRE(sup);
  auto a = actors::start_child(sys, *sup, crasher("a", b));
  BOOST_REQUIRE(a);
  std::atomic<bool> done{false};
  std::atomic<uint64_t> sent{0};
  auto send = [&] {
    while (!done) {
      caf::anon_send(*a, ask_a::value, int64_t{1});
      if (++sent % 64 == 0)
        std::this_thread::yield();
    }
  };
  std::thread senders[] = {std::thread{send}, std::thread{send},
                           std::thread{send}};
  for (uint64_t i = 1; i <= 3000; ++i) {
    BOOST_REQUIRE(b.await(i));
    actors::stable_handle::of(*a).current()->get()->enqueue(
      nullptr, caf::make_message_id(caf::message_priority::high),
      caf::make_message(boom_a::value), nullptr);
  }
  done = true;
  for (auto& x : senders)
    x.join();
  BOOST_TEST(sent > 0);
  actors::stop_supervisor(sys, *sup);
}

BOOST_AUTO_TEST_CASE(systems_come_and_go_with_their_supervisors) {
  for (int i = 0; i < 20; ++i) {
    machine other;
    births b;
    auto sup =
      actors::spawn_supervisor(other.sys, "top", never_gives_up(), runtime);
    BOOST_REQUIRE(sup);
    auto a = actors::start_child(other.sys, *sup, crasher("a", b));
    BOOST_REQUIRE(a);
    caf::anon_send(*a, boom_a::value);
    BOOST_TEST(b.await(2));
    actors::stop_supervisor(other.sys, *sup);
  }
}

BOOST_AUTO_TEST_CASE(handle_of_the_root_is_what_keeps_the_tree) {
  births b;
  caf::actor a;
  {
    auto sup = actors::spawn_supervisor(sys, "top", never_gives_up(), runtime);
    BOOST_REQUIRE(sup);
    a = *actors::start_child(sys, *sup, crasher("a", b));
  }
  caf::scoped_actor self{sys};
  self->monitor(a);
  auto fired = false;
  self->receive([&](caf::down_msg&) { fired = true; },
                caf::after(patience) >> [] {});
  BOOST_TEST(fired);
}

BOOST_AUTO_TEST_SUITE_END()
