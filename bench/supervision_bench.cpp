/// What supervision costs: a message through a stable handle next to a raw CAF
/// actor's, and the time from a crash to the answer of the next incarnation
/// next to a bare respawn loop in CAF and, if `erl` and `erlc` are installed,
/// to Erlang/OTP. The sides take turns (A B A B); figures are medians of the
/// rounds. `bench_supervision [ROUNDS]`: a JSON line a figure.

#include <actors/runtime/configure.hpp>
#include <actors/supervision/child.hpp>
#include <actors/supervision/supervisor.hpp>

#include <caf/all.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
using namespace std::chrono_literals;
using samples = std::vector<double>;

using go_a = caf::atom_constant<caf::atom("go")>;
using up_a = caf::atom_constant<caf::atom("up")>;
using boom_a = caf::atom_constant<caf::atom("boom")>;

double quantile(samples x, double q) {
  if (x.empty())
    return 0;
  std::sort(x.begin(), x.end());
  return x[static_cast<size_t>(q * static_cast<double>(x.size() - 1))];
}

double median(const samples& x) {
  return quantile(x, 0.5);
}

double ns_since(clock_type::time_point t) {
  return std::chrono::duration<double, std::nano>(clock_type::now() - t)
    .count();
}

struct reference {
  const char* name;
  double value;
};

void report(const char* figure,
            const char* unit,
            double value,
            std::optional<reference> ref,
            double goal) {
  auto ratio = ref ? value / ref->value : 0;
  std::printf("{\"bench\": \"node\", \"figure\": \"%s\", \"unit\": \"%s\", "
              "\"value\": %.4g, ",
              figure, unit, value);
  if (ref)
    std::printf("\"reference\": \"%s\", \"reference_value\": %.4g, \"ratio\": "
                "%.3f, ",
                ref->name, ref->value, ratio);
  else
    std::printf("\"reference\": null, \"reference_value\": null, \"ratio\": "
                "null, ");
  auto met = (ref ? ratio : value) <= goal;
  std::printf("\"goal\": \"<= %.4g\", \"met\": %s}\n", goal,
              met ? "true" : "false");
  std::fflush(stdout);
}

struct machine {
  explicit machine(size_t threads) : sys{configure(threads)} {}

  caf::actor_system_config& configure(size_t threads) {
    actors::configure_runtime(cfg, threads);
    return cfg;
  }

  caf::actor_system_config cfg;
  caf::actor_system sys;
  actors::runtime_ptr runtime =
    std::make_shared<const actors::supervision_runtime>();
};

// -- messages -----------------------------------------------------------------

/// Sends a number back, one less, until it is nought.
caf::behavior player(caf::event_based_actor* self, std::promise<void>* done) {
  return {[=](int64_t n, const caf::actor& to, const caf::actor& from) {
    if (n == 0)
      done->set_value();
    else
      self->send(to, n - 1, from, to);
  }};
}

caf::behavior sink(caf::event_based_actor*, std::promise<void>* done) {
  return {[=](int64_t n) {
    if (n == 0)
      done->set_value();
  }};
}

caf::behavior source(caf::event_based_actor* self) {
  return {[=](go_a, int64_t n, const caf::actor& to) {
    while (n-- > 0)
      self->send(to, n);
  }};
}

/// Runs the two actors raw, or as children of a supervisor.
template <class Use>
double with_pair(machine& m, bool supervised, Use use) {
  std::promise<void> done;
  if (!supervised) {
    auto a = m.sys.spawn(player, &done);
    auto b = m.sys.spawn(player, &done);
    auto s = m.sys.spawn(sink, &done);
    return use(done, a, b, s);
  }
  actors::supervisor_spec spec;
  auto sup = actors::spawn_supervisor(m.sys, "bench", spec, m.runtime);
  auto child = [&](const char* id, auto f) {
    return *actors::start_child(m.sys, *sup, actors::actor_child(id, f, &done));
  };
  auto a = child("a", player);
  auto b = child("b", player);
  auto s = child("s", sink);
  auto ns = use(done, a, b, s);
  actors::stop_supervisor(m.sys, *sup);
  return ns;
}

double ping_pong(machine& m, bool supervised) {
  constexpr int64_t messages = 300'000;
  return with_pair(m, supervised, [&](auto& done, auto& a, auto& b, auto&) {
    auto begin = clock_type::now();
    caf::anon_send(a, messages, b, a);
    done.get_future().wait();
    return ns_since(begin) / messages;
  });
}

double one_way(machine& m, bool supervised) {
  constexpr int64_t messages = 300'000;
  return with_pair(m, supervised, [&](auto& done, auto&, auto&, auto& s) {
    auto from = m.sys.spawn(source);
    auto begin = clock_type::now();
    caf::anon_send(from, go_a::value, messages, s);
    done.get_future().wait();
    return ns_since(begin) / messages;
  });
}

template <class Run>
void compare_messages(const char* figure, int rounds, Run run) {
  samples ours;
  samples raw;
  for (int i = 0; i < rounds; ++i) {
    machine m{1};
    run(m, i % 2 == 0); // warming up: who is first would pay for the heap
    for (auto supervised : {i % 2 == 1, i % 2 == 0})
      (supervised ? ours : raw).push_back(run(m, supervised));
  }
  report(figure, "ns/message", median(ours),
         reference{"raw CAF actor", median(raw)}, 1.02);
}

// -- crashes ------------------------------------------------------------------

constexpr int crashes = 50; ///< a supervisor

caf::behavior victim(caf::event_based_actor* self, const caf::actor& tester) {
  self->send(tester, up_a::value, caf::actor{self});
  return {
    [](int64_t x) { return x; },
    [](boom_a) { throw std::runtime_error{"boom"}; },
  };
}

struct tester_state {
  /// Not an aggregate: in C++20 CAF would make the first member from the actor.
  tester_state() = default;

  caf::actor stable; ///< null: use what the child says of itself
  caf::actor target;
  bool told = false; ///< to begin
  int ups = 0;       ///< incarnations that said they are up
  clock_type::time_point begin;
  samples* times;
  std::promise<void>* done;
};

using tester_ptr = caf::stateful_actor<tester_state>*;

void crash(tester_ptr self) {
  self->state.begin = clock_type::now();
  self->send(self->state.target, boom_a::value);
}

/// Calls the new incarnation. It may be up before its supervisor has given it
/// the stable handle: then the call is refused, and made again.
void call(tester_ptr self) {
  auto answered = [=](int64_t) {
    auto& s = self->state;
    s.times->push_back(ns_since(s.begin));
    if (s.times->size() % crashes == 0)
      s.done->set_value();
    else
      crash(self);
  };
  self->request(self->state.target, caf::infinite, int64_t{42})
    .then(answered, [=](const caf::error&) { call(self); });
}

/// Lets the child crash, waits for the next to be up, calls it.
caf::behavior
tester(tester_ptr self, samples* times, std::promise<void>* done) {
  self->state.times = times;
  self->state.done = done;
  return {
    [=](go_a, const caf::actor& stable) {
      auto& s = self->state;
      s.stable = stable;
      s.told = true;
      if (stable)
        s.target = stable;
      if (s.ups > 0) // else its first word will come
        crash(self);
    },
    [=](up_a, const caf::actor& child) {
      auto& s = self->state;
      s.target = s.stable ? s.stable : child;
      if (++s.ups > 1)
        call(self);
      else if (s.told)
        crash(self);
    },
  };
}

/// The least that restarts a child.
caf::behavior bare_respawner(caf::event_based_actor* self,
                             const caf::actor& test) {
  auto start = [=] {
    self->spawn<caf::monitored>([=](caf::event_based_actor* child) {
      child->set_exception_handler(
        [](caf::scheduled_actor*, std::exception_ptr&) -> caf::error {
          return caf::exit_reason::unhandled_exception;
        });
      return victim(child, test);
    });
  };
  self->set_down_handler([=](caf::down_msg&) { start(); });
  start();
  return {[](int) {}};
}

void crash_supervised(machine& m, samples& times) {
  std::promise<void> done;
  auto test = m.sys.spawn(tester, &times, &done);
  actors::supervisor_spec spec;
  spec.max_restarts = crashes + 1;
  spec.within = 1h;
  auto sup = actors::spawn_supervisor(m.sys, "bench", spec, m.runtime);
  auto child =
    actors::start_child(m.sys, *sup, actors::actor_child("c", victim, test));
  caf::anon_send(test, go_a::value, *child);
  done.get_future().wait();
  actors::stop_supervisor(m.sys, *sup);
  caf::anon_send_exit(test, caf::exit_reason::kill);
}

void crash_bare(machine& m, samples& times) {
  std::promise<void> done;
  auto test = m.sys.spawn(tester, &times, &done);
  auto sup = m.sys.spawn(bare_respawner, test);
  caf::anon_send(test, go_a::value, caf::actor{});
  done.get_future().wait();
  caf::anon_send_exit(sup, caf::exit_reason::kill);
  caf::anon_send_exit(test, caf::exit_reason::kill);
}

/// Erlang/OTP's times, ns; empty if it is not installed.
samples crash_otp(int rounds) {
  static const std::string dir = [] {
    auto path = std::filesystem::temp_directory_path() / "lepton-bench-erlang";
    std::filesystem::create_directories(path);
    auto compile = "erlc -o '" + path.string()
                   + "' '" LEPTON_SOURCE_DIR
                     "/bench/erlang/crash_to_answer.erl' >/dev/null 2>&1";
    return std::system(compile.c_str()) == 0 ? path.string() : std::string{};
  }();
  samples times;
  if (dir.empty())
    return times;
  auto run = "erl -noshell +S 2 -pa '" + dir + "' -s crash_to_answer main "
             + std::to_string(rounds) + " " + std::to_string(crashes);
  if (auto pipe = ::popen(run.c_str(), "r")) {
    double ns = 0;
    while (std::fscanf(pipe, "%lf", &ns) == 1)
      times.push_back(ns);
    ::pclose(pipe);
  }
  return times;
}

void compare_crashes(int rounds) {
  samples p50[3];
  samples p99[3];
  constexpr int supervisors = 40;
  for (int i = 0; i < rounds; ++i) {
    samples times[3];
    machine m{2};
    for (int k = 0; k < supervisors; ++k)
      crash_supervised(m, times[0]);
    for (int k = 0; k < supervisors; ++k)
      crash_bare(m, times[1]);
    times[2] = crash_otp(supervisors);
    for (int side = 0; side < 3; ++side) {
      p50[side].push_back(quantile(times[side], 0.5) / 1e3);
      p99[side].push_back(quantile(times[side], 0.99) / 1e3);
    }
  }
  auto otp = [](const samples& x) -> std::optional<reference> {
    if (median(x) <= 0)
      return std::nullopt;
    return reference{"Erlang/OTP supervisor, gen_server", median(x)};
  };
  report("crash_to_answer", "us, p50", median(p50[0]), otp(p50[2]), 0.6);
  report("crash_to_answer_p99", "us, p99", median(p99[0]), otp(p99[2]), 0.8);
  report("crash_to_answer_bare", "us, p50", median(p50[0]),
         reference{"bare CAF respawn loop", median(p50[1])}, 1.1);
}

// -- idleness -----------------------------------------------------------------

void idle() {
  machine m{2};
  actors::supervisor_spec spec;
  auto sup = actors::spawn_supervisor(m.sys, "bench", spec, m.runtime);
  for (int i = 0; i < 1000; ++i)
    static_cast<void>(actors::start_child(
      m.sys, *sup,
      actors::actor_child("c" + std::to_string(i), [](caf::event_based_actor*) {
        return caf::behavior{[](int64_t x) { return x; }};
      })));
  auto used = [] {
    rusage x{};
    ::getrusage(RUSAGE_SELF, &x);
    auto us = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) * 1e6
             + static_cast<double>(t.tv_usec);
    };
    return us(x.ru_utime) + us(x.ru_stime);
  };
  std::this_thread::sleep_for(100ms); // what was just done comes to its end
  auto before = used();
  std::this_thread::sleep_for(2s);
  report("idle_processor_time", "% of a core", (used() - before) / 2e6 * 100,
         std::nullopt, 0.2);
  actors::stop_supervisor(m.sys, *sup);
}

} // namespace

int main(int argc, char** argv) {
  auto rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 5;
  compare_messages("handle_message", 4 * rounds, ping_pong);
  compare_messages("handle_message_one_way", 4 * rounds, one_way);
  compare_crashes(rounds);
  idle();
  return 0;
}
