// Children that are OS processes, killed and misbehaving for real.

#include <actors/observe/event_log.hpp>
#include <actors/process/process_error.hpp>
#include <actors/process/process_host.hpp>
#include <actors/runtime/configure.hpp>
#include <actors/supervision/messages.hpp>
#include <actors/supervision/supervisor.hpp>

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>
#include <caf/io/middleman.hpp>

#include <condition_variable>
#include <csignal>
#include <mutex>

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 60s; // only a hang takes so long

struct machine {
  machine() : sys{configure()} {
    auto rt = std::make_shared<actors::supervision_runtime>();
    rt->processes = &host;
    rt->on_event = [this](actors::event x) {
      BOOST_TEST_MESSAGE(actors::to_line(x));
      std::lock_guard lock{mutex};
      events.push_back(std::move(x));
      changed.notify_all();
    };
    runtime = rt;
    actors::supervisor_spec spec;
    spec.max_restarts = 1000;
    top = *actors::spawn_supervisor(sys, "top", spec, runtime);
  }

  ~machine() {
    actors::stop_supervisor(sys, top);
    top = nullptr;
  }

  caf::actor_system_config& configure() {
    cfg.load<caf::io::middleman>();
    actors::configure_runtime(cfg, 2);
    actors::add_process_errors(cfg);
    return cfg;
  }

  /// Waits for the n-th event of this kind.
  actors::event await(const std::string& kind, size_t n = 1) {
    std::unique_lock lock{mutex};
    actors::event result;
    auto there = [&] {
      size_t seen = 0;
      for (auto& x : events)
        if (x.kind == kind && ++seen == n) {
          result = x;
          return true;
        }
      return false;
    };
    if (!changed.wait_for(lock, patience, there))
      BOOST_ERROR("no event " << kind);
    return result;
  }

  size_t count(const std::string& kind) {
    std::lock_guard lock{mutex};
    size_t n = 0;
    for (auto& x : events)
      n += x.kind == kind;
    return n;
  }

  std::string ask(const caf::actor& to,
                  const std::string& what,
                  const std::string& arg = {}) {
    caf::scoped_actor self{sys};
    std::string answer;
    self->request(to, patience, what, arg)
      .receive([&](std::string& x) { answer = std::move(x); },
               [&](caf::error& e) { answer = "[" + sys.render(e) + "]"; });
    return answer;
  }

  actors::child_info only_child() {
    return actors::which_children(sys, top)->at(0);
  }

  caf::actor_system_config cfg;
  caf::actor_system sys;
  actors::process_host host;
  actors::runtime_ptr runtime;
  caf::actor top;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<actors::event> events;
};

actors::child_spec worker(std::string type) {
  actors::child_spec spec;
  spec.id = "w";
  spec.runs_on = actors::carrier::process;
  spec.process = [type](const actors::start_context&) {
    actors::process_child_spec x;
    x.type = type;
    x.executable = LEPTON_TEST_WORKER;
    x.limits.core_bytes = 0;
    // A sanitizer would turn signals into exit codes.
    x.environment = {{"ASAN_OPTIONS", "handle_segv=0:handle_abort=0"}};
    return x;
  };
  return spec;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(supervisor_process, machine)

BOOST_AUTO_TEST_CASE(killed_process_answers_again_behind_the_same_handle) {
  auto w = actors::start_child(sys, top, worker("subject"));
  BOOST_REQUIRE(w);
  for (size_t i = 1; i <= 3; ++i) {
    auto pid = only_child().pid;
    BOOST_TEST(ask(*w, "pid") == std::to_string(pid));
    ::kill(pid, SIGKILL);
    auto end = await("child_ended", i);
    BOOST_TEST(end.reason == "killed");
    await("child_started", i + 1);
    BOOST_TEST(only_child().pid != pid);
    BOOST_TEST(ask(*w, "echo", "here") == "here");
  }
  BOOST_TEST(only_child().restarts == 3);
}

BOOST_AUTO_TEST_CASE(who_asked_a_process_that_dies_is_told_at_once) {
  auto w = actors::start_child(sys, top, worker("subject"));
  BOOST_REQUIRE(w);
  for (int i = 0; i < 20; ++i) { // at every stage of its end
    BOOST_TEST(contains(ask(*w, "segfault"), "SIGSEGV"));
    auto answer = ask(*w, "pid");
    while (contains(answer, "again"))
      answer = ask(*w, "pid");
    BOOST_TEST(answer == std::to_string(only_child().pid));
  }
}

BOOST_AUTO_TEST_CASE(process_gets_what_the_last_one_left_unanswered) {
  auto spec = worker("subject");
  spec.while_down = actors::hold(10);
  spec.poison_after = 2;
  auto w = actors::start_child(sys, top, spec);
  BOOST_REQUIRE(w);
  caf::scoped_actor self{sys};
  auto bad = self->request(*w, patience, std::string{"abort"}, std::string{});
  auto good = self->request(*w, patience, std::string{"pid"}, std::string{});
  std::string bad_answer;
  std::string good_answer;
  auto failed = [&](std::string& to) {
    return [&](caf::error& e) { to = sys.render(e); };
  };
  bad.receive([&](std::string& x) { bad_answer = std::move(x); },
              failed(bad_answer));
  good.receive([&](std::string& x) { good_answer = std::move(x); },
               failed(good_answer));
  BOOST_TEST(contains(bad_answer, "2 times in a row"), bad_answer);
  BOOST_TEST(good_answer == std::to_string(only_child().pid));
  BOOST_TEST(count("dead_letter") == 1u);
}

BOOST_AUTO_TEST_CASE(exception_in_a_process_keeps_its_text) {
  auto w = actors::start_child(sys, top, worker("subject"));
  BOOST_REQUIRE(w);
  caf::anon_send(*w, std::string{"throw"}, std::string{"no row 7"});
  auto end = await("child_ended");
  BOOST_TEST(end.reason == "crashed");
  BOOST_TEST(end.text == "no row 7");
  await("child_started", 2);
  BOOST_TEST(contains(only_child().last_exit, "no row 7"));
}

BOOST_AUTO_TEST_CASE(exit_code_and_signal_are_the_reason) {
  auto w = actors::start_child(sys, top, worker("subject"));
  BOOST_REQUIRE(w);
  caf::anon_send(*w, std::string{"exit"}, std::string{"7"});
  BOOST_TEST(contains(await("child_ended", 1).text, "7"));
  await("child_started", 2);
  caf::anon_send(*w, std::string{"segfault"}, std::string{});
  auto end = await("child_ended", 2);
  BOOST_TEST(end.reason == "crashed");
  BOOST_TEST(contains(end.text, "SEGV"), end.text);
  await("child_started", 3);
}

BOOST_AUTO_TEST_CASE(process_is_asked_to_stop_and_given_its_grace) {
  auto w = actors::start_child(sys, top, worker("subject"));
  BOOST_REQUIRE(w);
  BOOST_TEST(!actors::terminate_child(sys, top, "w"));
  BOOST_TEST(await("child_stopped").reason == "shutdown");
  BOOST_TEST(count("stop_failed") == 0);
  BOOST_TEST(host.running() == 0);
}

BOOST_AUTO_TEST_CASE(stubborn_process_is_killed_after_its_grace) {
  auto spec = worker("stubborn");
  spec.grace = 200ms;
  BOOST_REQUIRE(actors::start_child(sys, top, spec));
  BOOST_TEST(!actors::terminate_child(sys, top, "w"));
  BOOST_TEST(await("stop_failed").reason == "killed");
  BOOST_TEST(host.running() == 0);
}

BOOST_AUTO_TEST_CASE(starts_that_fail_say_why) {
  auto broken = actors::start_child(sys, top, worker("broken"));
  BOOST_REQUIRE(!broken);
  BOOST_TEST(contains(actors::text_of(broken.error()), "no such table"));
  auto absent = worker("subject");
  absent.process = [](const actors::start_context&) {
    actors::process_child_spec x;
    x.command = {"/no/such/program"};
    return x;
  };
  auto not_found = actors::start_child(sys, top, absent);
  BOOST_REQUIRE(!not_found);
  BOOST_TEST(contains(actors::text_of(not_found.error()), "/no/such/program"));
  auto bad = worker("subject");
  bad.process = [](const actors::start_context&) -> actors::process_child_spec {
    throw std::runtime_error{"no template"};
  };
  auto thrown = actors::start_child(sys, top, bad);
  BOOST_REQUIRE(!thrown);
  BOOST_TEST(contains(actors::text_of(thrown.error()), "no template"));
  BOOST_TEST(actors::which_children(sys, top)->empty());
}

BOOST_AUTO_TEST_CASE(any_command_can_be_a_child) {
  auto spec = worker({});
  spec.process = [](const actors::start_context&) {
    actors::process_child_spec x;
    x.command = {"sleep", "1000"};
    return x;
  };
  BOOST_REQUIRE(actors::start_child(sys, top, spec));
  ::kill(only_child().pid, SIGKILL);
  await("child_started", 2);
  BOOST_TEST(only_child().restarts == 1);
}

BOOST_AUTO_TEST_CASE(supervisor_killed_outright_kills_its_processes) {
  actors::supervisor_spec spec;
  spec.children = {worker("subject")};
  auto sub = actors::start_child(
    sys, top, actors::supervisor_child("sub", std::move(spec)));
  BOOST_REQUIRE(sub);
  auto pid = actors::which_children(sys, *sub)->at(0).pid;
  caf::scoped_actor self{sys};
  self
    ->request(top, patience,
              actors::child_request{actors::child_verb::kill, "sub"})
    .receive([](actors::child_reply&) {}, [](caf::error&) {});
  await("child_started", 4); // w and sub, twice
  BOOST_TEST(actors::which_children(sys, *sub)->at(0).pid != pid);
}

// -- hung ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(process_that_hangs_or_is_stopped_is_killed_and_replaced) {
  auto spec = worker("subject");
  spec.liveness = 300ms;
  auto w = actors::start_child(sys, top, spec);
  BOOST_REQUIRE(w);
  caf::anon_send(*w, std::string{"hang"}, std::string{});
  BOOST_TEST(await("child_hung").path == "top/w");
  BOOST_TEST(await("child_ended").reason == "hung");
  await("child_started", 2);
  auto pid = only_child().pid;
  ::kill(pid, SIGSTOP);
  await("child_hung", 2);
  await("child_started", 3);
  BOOST_TEST(::kill(pid, 0) != 0); // reaped
  BOOST_TEST(ask(*w, "echo", "here") == "here");
}

BOOST_AUTO_TEST_CASE(command_that_is_stopped_is_killed_and_replaced) {
  actors::child_spec spec;
  spec.id = "w";
  spec.runs_on = actors::carrier::process;
  spec.liveness = 200ms;
  spec.process = [](const actors::start_context&) {
    actors::process_child_spec x;
    x.command = {"sleep", "1000"};
    return x;
  };
  BOOST_REQUIRE(actors::start_child(sys, top, spec));
  await("child_started");
  ::kill(only_child().pid, SIGSTOP);
  BOOST_TEST(await("child_ended").reason == "hung");
  await("child_started", 2);
}

// -- snapshots ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(killed_process_has_its_state_back_before_any_message) {
  auto store = std::make_shared<actors::memory_snapshot_store>();
  auto spec = worker("keeper");
  spec.snapshots.store = store;
  spec.snapshots.after_messages = 1;
  spec.while_down = actors::hold(10);
  auto w = actors::start_child(sys, top, spec);
  BOOST_REQUIRE(w);
  BOOST_TEST(ask(*w, "add", "5") == "5");
  while (!store->newest("top/w") || store->newest("top/w")->bytes != "5")
    std::this_thread::yield();
  ::kill(only_child().pid, SIGKILL);
  await("child_ended");
  BOOST_TEST(ask(*w, "add", "1") == "6");
}

BOOST_AUTO_TEST_CASE(process_that_is_stopped_in_order_leaves_a_snapshot) {
  auto store = std::make_shared<actors::memory_snapshot_store>();
  auto spec = worker("keeper");
  spec.snapshots.store = store;
  auto w = actors::start_child(sys, top, spec);
  BOOST_REQUIRE(w);
  BOOST_TEST(ask(*w, "add", "5") == "5");
  BOOST_TEST(!actors::terminate_child(sys, top, "w"));
  BOOST_TEST(store->newest("top/w")->bytes == "5");
}

/// A store that is slow to read.
class slow_store : public actors::memory_snapshot_store {
public:
  std::optional<actors::snapshot> newest(const std::string& key) override {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return free_; });
    return memory_snapshot_store::newest(key);
  }

  void let_go() {
    std::lock_guard lock{mutex_};
    free_ = true;
    changed_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool free_ = false;
};

BOOST_AUTO_TEST_CASE(slow_store_does_not_hold_the_supervisor_up) {
  auto store = std::make_shared<slow_store>();
  store->save("top/w", "5");
  auto spec = worker("keeper");
  spec.snapshots.store = store;
  caf::scoped_actor self{sys};
  auto start =
    self->request(top, caf::infinite,
                  actors::start_child_request{
                    std::make_shared<const actors::child_spec>(spec)});
  auto counts = actors::count_children(sys, top); // answered meanwhile
  BOOST_REQUIRE(counts);
  BOOST_TEST(counts->specs == 1u);
  store->let_go();
  caf::actor w;
  start.receive([&](actors::child_reply& x) { w = x.child.handle; },
                [](caf::error& e) { BOOST_ERROR(actors::text_of(e)); });
  BOOST_TEST(ask(w, "get") == "5");
}

BOOST_AUTO_TEST_CASE(snapshot_that_no_process_can_bear_is_set_aside) {
  auto store = std::make_shared<actors::memory_snapshot_store>();
  store->save("top/w", "5");
  store->save("top/w", "13");
  auto spec = worker("keeper");
  spec.snapshots.store = store;
  spec.snapshots.tries = 1;
  BOOST_TEST(!actors::start_child(sys, top, spec)); // told to who asked
  BOOST_TEST(await("snapshot_set_aside").path == "top/w");
  auto w = actors::start_child(sys, top, spec);
  BOOST_REQUIRE(w);
  BOOST_TEST(ask(*w, "get") == "5");
}

BOOST_AUTO_TEST_SUITE_END()
