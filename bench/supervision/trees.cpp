// Starting and stopping many children, what they weigh, and what they cost when
// they have nothing to do.

#include <actors/supervision/child.hpp>
#include <actors/supervision/messages.hpp>

#include <sys/resource.h>
#include <thread>

#include "common.hpp"

namespace bench {

namespace {

void stop_timed(side& s, machine& m, tree& t, const char* figure) {
  auto begin = clock_type::now();
  s.stop(m, t);
  print(figure, s.name(), ns_since(begin) / 1e6);
}

/// Asks for n children, one after the other.
caf::behavior customer(caf::event_based_actor* self,
                       const caf::message& order,
                       std::promise<void>* done) {
  return {[=](go_a, int64_t n, const caf::actor& to) {
    if (n == 0) {
      done->set_value();
      return;
    }
    auto next = [=] { self->send(self, go_a::value, n - 1, to); };
    self->request(to, caf::infinite, order)
      .then([=](const actors::child_reply&) { next(); });
  }};
}

caf::behavior bare_customer(caf::event_based_actor* self,
                            const caf::message& order,
                            std::promise<void>* done) {
  return {[=](go_a, int64_t n, const caf::actor& to) {
    if (n == 0) {
      done->set_value();
      return;
    }
    self->request(to, caf::infinite, order).then([=](const caf::actor&) {
      self->send(self, go_a::value, n - 1, to);
    });
  }};
}

/// A dynamic supervisor with n children; returns how long they took, ns.
double start_dynamic(side& s, machine& m, tree& t, int n) {
  t.supervisor = s.start_dynamic(m);
  std::promise<void> done;
  auto ours = std::string{s.name()} == "ours";
  auto who = ours ? m.sys.spawn(customer, s.one_more(), &done)
                  : m.sys.spawn(bare_customer, s.one_more(), &done);
  auto begin = clock_type::now();
  caf::anon_send(who, go_a::value, int64_t{n}, t.supervisor);
  done.get_future().wait();
  auto ns = ns_since(begin);
  caf::anon_send_exit(who, caf::exit_reason::kill);
  return ns;
}

double processor_seconds() {
  rusage x{};
  ::getrusage(RUSAGE_SELF, &x);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(x.ru_utime) + seconds(x.ru_stime);
}

} // namespace

void measure_trees(side& s, const amounts& n) {
  machine m;
  auto all = s.start(m, actors::strategy::one_for_one, n.children, nullptr);
  print("start_100k", s.name(), last_start_ms);
  stop_timed(s, m, all, "stop_100k");
  auto groups = s.start_groups(m, 100, n.children / 100);
  print("start_100x1000", s.name(), last_start_ms);
  stop_timed(s, m, groups, "stop_100x1000");
}

void measure_dynamic(side& s, const amounts& n) {
  machine m;
  tree t;
  auto ns = start_dynamic(s, m, t, n.children);
  print("start_child", s.name(), n.children / ns * 1e9);
  stop_timed(s, m, t, "stop_dynamic_100k");
}

void measure_memory(side& s, const amounts& n, bool dynamic) {
  machine m;
  tree t;
  { // what is there once only
    auto one = s.start(m, actors::strategy::one_for_one, 1, nullptr);
    s.stop(m, one);
  }
  auto before = resident_bytes();
  if (dynamic)
    start_dynamic(s, m, t, n.children);
  else
    t = s.start(m, actors::strategy::one_for_one, n.children, nullptr);
  t.children = {};
  print(dynamic ? "memory_per_dynamic_child" : "memory_per_child", s.name(),
        (resident_bytes() - before) / n.children);
  s.stop(m, t);
}

void measure_idle(const amounts& n) {
  machine m;
  auto& s = our_side();
  auto t = s.start(m, actors::strategy::one_for_one, n.children, nullptr);
  std::this_thread::sleep_for(200ms); // what was just done comes to its end
  auto before = processor_seconds();
  auto time = n.children >= 100'000 ? 5s : 1s;
  std::this_thread::sleep_for(time);
  auto used = processor_seconds() - before;
  print("idle_100k", s.name(),
        used / std::chrono::duration<double>(time).count() * 100);
  s.stop(m, t);
}

} // namespace bench
