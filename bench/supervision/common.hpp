#pragma once

/// What the parts of bench_supervision share. It measures one side at a time,
/// ours (supervisors of lepton::actors) or bare CAF (bare.hpp), and prints a
/// line a measurement: `FIGURE SIDE VALUE`. bench/supervision.py runs the sides
/// in turn, Erlang/OTP between them, and compares.

#include <actors/runtime/configure.hpp>
#include <actors/supervision/dynamic.hpp>
#include <actors/supervision/supervisor.hpp>

#include <caf/all.hpp>

#include <chrono>
#include <future>
#include <string>
#include <vector>

namespace bench {

using clock_type = std::chrono::steady_clock;
using samples = std::vector<double>;
using namespace std::chrono_literals;

using go_a = caf::atom_constant<caf::atom("go")>;
using up_a = caf::atom_constant<caf::atom("up")>;
using boom_a = caf::atom_constant<caf::atom("boom")>;
using start_a = caf::atom_constant<caf::atom("start")>;

/// How much of everything is done.
struct amounts {
  int64_t messages = 200'000;
  int latencies = 100'000; ///< requests and answers that are timed one by one
  int crashes = 2'000;
  int serial = 10'000; ///< restarts one after another
  int burst = 10'000;  ///< children that crash at once
  int rounds_1k = 20;  ///< of one_for_all
  int rounds_10k = 5;
  int children = 100'000;
  int processes = 1'000;
};

amounts quick_amounts();

double quantile(samples x, double q);
double ns_since(clock_type::time_point t);

void print(const std::string& figure, const char* side, double value);

/// p50 and p99 in us, as `FIGURE` and `FIGURE_p99`.
void print_latency(const std::string& figure, const char* side, const samples&);

/// An actor system as users are told to make it.
struct machine {
  explicit machine(size_t threads = 2) : sys{configure(threads)} {}

  caf::actor_system_config& configure(size_t threads) {
    actors::configure_runtime(cfg, threads);
    return cfg;
  }

  caf::actor_system_config cfg;
  caf::actor_system sys;
  actors::runtime_ptr runtime =
    std::make_shared<const actors::supervision_runtime>();
};

/// The child of all figures: tells `tester` (if there is one) that it is up,
/// gives a number back, throws at `boom`.
caf::behavior
victim(caf::event_based_actor* self, const caf::actor& tester, int64_t index);

/// A supervisor of one of the sides, and what reaches its children.
struct tree {
  caf::actor supervisor;
  std::vector<caf::actor> children; ///< ours: stable handles; bare: none
};

/// One of the two sides in C++.
class side {
public:
  virtual ~side() = default;
  virtual const char* name() const = 0;

  /// n children that tell `tester` when they are up.
  virtual tree
  start(machine& m, actors::strategy how, int n, const caf::actor& tester) = 0;

  /// `groups` supervisors of n children each below one supervisor.
  virtual tree start_groups(machine& m, int groups, int n) = 0;

  /// A supervisor for children that come one by one.
  virtual caf::actor start_dynamic(machine& m) = 0;

  /// Asks for one more child.
  virtual caf::message one_more() const = 0;

  /// Ends it and all below; returns when they are gone.
  virtual void stop(machine& m, tree& t) = 0;
};

/// What the last `start` took, without what goes before and after.
extern double last_start_ms;

side& our_side();
side& bare_side();

// The groups of figures; each is run for one side, but `messages` for both.
void measure_messages(const amounts& n);
void measure_requests(side& s, const amounts& n);
void measure_crashes(side& s, const amounts& n);
void measure_restarts(side& s, const amounts& n);
void measure_trees(side& s, const amounts& n);
void measure_dynamic(side& s, const amounts& n);
void measure_memory(side& s, const amounts& n, bool dynamic);
void measure_idle(const amounts& n);
void measure_processes(const amounts& n);

/// Resident memory of this process, bytes.
double resident_bytes();

} // namespace bench
