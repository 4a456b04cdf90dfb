// From the crash of a child to the answer of the next incarnation, and how many
// restarts there can be in a second.

#include "common.hpp"

namespace bench {

namespace {

enum class fault { exception, kill };

/// What the tester does; an actor, since waking a thread costs more than a
/// restart.
struct tester_state {
  tester_state() = default; // else CAF makes the first member from the actor

  int ups = 0;        ///< children that said they are up
  int awaited = 0;    ///< so many of them are the end of the present round
  bool calls = false; ///< then one is called, which ends it
  int rounds = 0;     ///< still to do
  fault how = fault::exception;
  std::vector<caf::actor> handles; ///< whom to crash; empty: who said so
  std::vector<caf::actor> said;    ///< by index
  std::vector<int64_t> victims;
  clock_type::time_point begin;
  samples* times = nullptr;
  std::promise<void>* done = nullptr;
};

using tester_ptr = caf::stateful_actor<tester_state>*;

struct orders {
  int rounds;
  int awaited; ///< children that come up in each round
  bool calls;
  fault how;
  std::vector<int64_t> victims; ///< crash in each round
  std::vector<caf::actor> handles;
  samples* times;
  std::promise<void>* done;
};

const caf::actor& target(tester_ptr self, int64_t i) {
  auto& s = self->state;
  auto k = static_cast<size_t>(i);
  return s.handles.empty() ? s.said[k] : s.handles[k];
}

void begin_round(tester_ptr self) {
  auto& s = self->state;
  s.ups = 0;
  s.begin = clock_type::now();
  for (auto i : s.victims)
    if (s.how == fault::exception)
      self->send(target(self, i), boom_a::value);
    else
      self->send_exit(target(self, i), caf::exit_reason::kill);
}

void end_round(tester_ptr self) {
  auto& s = self->state;
  s.times->push_back(ns_since(s.begin));
  if (--s.rounds == 0)
    s.done->set_value();
  else
    begin_round(self);
}

/// A child may be up before its supervisor has given it the stable handle: then
/// the call is refused, and made again.
void call(tester_ptr self) {
  self
    ->request(target(self, self->state.victims.front()), caf::infinite,
              int64_t{42})
    .then([=](int64_t) { end_round(self); },
          [=](const caf::error&) { call(self); });
}

caf::behavior tester(tester_ptr self, int children) {
  self->state.said.resize(static_cast<size_t>(children));
  return {
    [=](up_a, int64_t i, const caf::actor& child) {
      auto& s = self->state;
      if (s.handles.empty())
        s.said[static_cast<size_t>(i)] = child;
      if (++s.ups != s.awaited)
        return;
      if (s.calls)
        call(self);
      else if (s.rounds > 0)
        end_round(self);
      else
        s.done->set_value();
    },
    [=](std::shared_ptr<orders> x) {
      auto& s = self->state;
      s.awaited = x->awaited;
      s.calls = x->calls;
      s.how = x->how;
      s.rounds = x->rounds;
      s.victims = x->victims;
      s.handles = x->handles;
      s.times = x->times;
      s.done = x->done;
      if (x->rounds > 0)
        begin_round(self);
      else if (s.ups >= s.awaited) // all are up already
        s.done->set_value();
    },
  };
}

/// A supervisor of n children, all up.
class rig {
public:
  rig(side& s, actors::strategy how, int n)
    : side_{s}, test_{m_.sys.spawn(tester, n)}, children_{n} {
    tree_ = s.start(m_, how, n, test_);
    run({0, n, false, fault::exception, {}, {}, nullptr, nullptr});
  }

  ~rig() {
    caf::anon_send_exit(test_, caf::exit_reason::kill);
    side_.stop(m_, tree_);
  }

  samples run(orders x) {
    samples times;
    std::promise<void> done;
    x.times = &times;
    x.done = &done;
    x.handles = tree_.children;
    caf::anon_send(test_, std::make_shared<orders>(std::move(x)));
    done.get_future().wait();
    return times;
  }

  /// One child fails again and again, and is called each time.
  samples crash_and_call(int rounds, fault how) {
    return run({rounds, 1, true, how, {children_ / 2}, {}, nullptr, nullptr});
  }

private:
  machine m_;
  side& side_;
  caf::actor test_;
  int children_;
  tree tree_;
};

void crash_latencies(side& s, const amounts& n) {
  for (auto how : {fault::exception, fault::kill}) {
    rig one{s, actors::strategy::one_for_one, 1};
    one.crash_and_call(n.crashes / 10 + 1, how);
    print_latency(how == fault::kill ? "kill_to_answer" : "crash_to_answer",
                  s.name(), one.crash_and_call(n.crashes, how));
  }
  rig many{s, actors::strategy::one_for_one, n.burst};
  for (auto how : {fault::exception, fault::kill})
    print_latency(how == fault::kill ? "kill_among_10k" : "crash_among_10k",
                  s.name(), many.crash_and_call(n.crashes / 2, how));
}

double per_second(double count, double ns) {
  return count / ns * 1e9;
}

void serial(side& s, const amounts& n) {
  rig one{s, actors::strategy::one_for_one, 1};
  auto begin = clock_type::now();
  one.run({n.serial, 1, false, fault::exception, {0}, {}, nullptr, nullptr});
  print("restarts_serial", s.name(), per_second(n.serial, ns_since(begin)));
}

void burst(side& s, const amounts& n) {
  rig all{s, actors::strategy::one_for_one, n.burst};
  orders x{1, n.burst, false, fault::exception, {}, {}, nullptr, nullptr};
  for (int64_t i = 0; i < n.burst; ++i)
    x.victims.push_back(i);
  print("restarts_burst_10k", s.name(),
        per_second(n.burst, all.run(std::move(x)).front()));
}

void one_for_all(side& s, const char* figure, int children, int rounds) {
  rig all{s, actors::strategy::one_for_all, children};
  auto times = all.run({rounds,
                        children,
                        false,
                        fault::exception,
                        {children / 2},
                        {},
                        nullptr,
                        nullptr});
  print(figure, s.name(), quantile(times, 0.5) / 1e6);
}

} // namespace

void measure_crashes(side& s, const amounts& n) {
  crash_latencies(s, n);
}

void measure_restarts(side& s, const amounts& n) {
  serial(s, n);
  burst(s, n);
  one_for_all(s, "one_for_all_1k", std::min(1000, n.burst), n.rounds_1k);
  one_for_all(s, "one_for_all_10k", n.burst, n.rounds_10k);
}

} // namespace bench

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<bench::orders>)
