// A message to a child, through its stable handle or straight to the actor.

#include <actors/supervision/child.hpp>

#include "common.hpp"

namespace bench {

namespace {

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

caf::behavior server(caf::event_based_actor*) {
  return {[](int64_t x) { return x; }};
}

/// Calls `to` n times, one after the other; the time of each, if wanted.
caf::behavior
caller(caf::event_based_actor* self, samples* times, std::promise<void>* done) {
  auto begin = std::make_shared<clock_type::time_point>();
  return {[=](go_a, int64_t n, const caf::actor& to) {
    if (n == 0) {
      done->set_value();
      return;
    }
    if (times)
      *begin = clock_type::now();
    self->request(to, caf::infinite, n).then([=](int64_t) {
      if (times)
        times->push_back(ns_since(*begin));
      self->send(self, go_a::value, n - 1, to);
    });
  }};
}

/// The actors of a measurement, raw or supervised.
class cast {
public:
  cast(machine& m, bool supervised) : m_{m}, supervised_{supervised} {
    if (supervised)
      supervisor_ = *actors::spawn_supervisor(
        m.sys, "bench", actors::supervisor_spec{}, m.runtime);
  }

  ~cast() {
    if (supervised_)
      actors::stop_supervisor(m_.sys, supervisor_);
    for (auto& x : raw_)
      caf::anon_send_exit(x, caf::exit_reason::kill);
  }

  template <class F, class... Ts>
  caf::actor add(const char* id, F f, Ts... xs) {
    if (supervised_)
      return *actors::start_child(m_.sys, supervisor_,
                                  actors::actor_child(id, f, xs...));
    raw_.push_back(m_.sys.spawn(f, xs...));
    return raw_.back();
  }

private:
  machine& m_;
  bool supervised_;
  caf::actor supervisor_;
  std::vector<caf::actor> raw_;
};

double ping_pong(machine& m, bool supervised, int64_t n) {
  std::promise<void> done;
  cast x{m, supervised};
  auto a = x.add("a", player, &done);
  auto b = x.add("b", player, &done);
  auto begin = clock_type::now();
  caf::anon_send(a, n, b, a);
  done.get_future().wait();
  return static_cast<double>(n) / ns_since(begin) * 1e9;
}

double one_way(machine& m, bool supervised, int64_t n) {
  std::promise<void> done;
  cast x{m, supervised};
  auto to = x.add("to", sink, &done);
  auto from = m.sys.spawn(source);
  auto begin = clock_type::now();
  caf::anon_send(from, go_a::value, n, to);
  done.get_future().wait();
  return static_cast<double>(n) / ns_since(begin) * 1e9;
}

double requests(machine& m, bool supervised, int64_t n) {
  std::promise<void> done;
  cast x{m, supervised};
  auto to = x.add("to", server);
  auto from = m.sys.spawn(caller, static_cast<samples*>(nullptr), &done);
  auto begin = clock_type::now();
  caf::anon_send(from, go_a::value, n, to);
  done.get_future().wait();
  auto rate = static_cast<double>(n) / ns_since(begin) * 1e9;
  caf::anon_send_exit(from, caf::exit_reason::kill);
  return rate;
}

/// Both sides in one process, in turn, each several times: they differ by less
/// than two processes do.
template <class F>
void compare(const char* figure, F f, int64_t n) {
  constexpr int turns = 8;
  samples rates[2];
  for (int i = 0; i < turns; ++i) {
    machine m{1};
    f(m, i % 2 == 0, n / 10); // who is first would pay for the heap
    for (auto supervised : {i % 2 == 1, i % 2 == 0})
      rates[supervised].push_back(f(m, supervised, n));
  }
  print(figure, "ours", quantile(rates[1], 0.5));
  print(figure, "bare", quantile(rates[0], 0.5));
}

} // namespace

void measure_messages(const amounts& n) {
  compare("message_send", one_way, n.messages);
  compare("message_ping_pong", ping_pong, n.messages);
  compare("message_request", requests, n.messages);
}

void measure_requests(side& s, const amounts& n) {
  machine m;
  samples times;
  for (auto measured : {false, true}) {
    cast x{m, std::string{s.name()} == "ours"};
    std::promise<void> done;
    times.clear();
    times.reserve(static_cast<size_t>(n.latencies));
    auto to = x.add("to", server);
    auto from = m.sys.spawn(caller, &times, &done);
    caf::anon_send(from, go_a::value,
                   int64_t{measured ? n.latencies : n.latencies / 10}, to);
    done.get_future().wait();
    caf::anon_send_exit(from, caf::exit_reason::kill);
  }
  print_latency("request", s.name(), times);
}

} // namespace bench
