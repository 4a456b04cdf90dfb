#include <actors/supervision/child.hpp>
#include <actors/supervision/messages.hpp>

#include <stdexcept>

#include "bare.hpp"

namespace bench {

namespace {

caf::behavior nobodys(caf::event_based_actor* self) {
  return victim(self, caf::actor{}, 0);
}

class ours : public side {
public:
  const char* name() const override { return "ours"; }

  tree start(machine& m,
             actors::strategy how,
             int n,
             const caf::actor& tester) override {
    auto spec = endless(how);
    spec.children.reserve(static_cast<size_t>(n));
    for (int i = 0; i < n; ++i)
      spec.children.push_back(
        actors::actor_child(std::to_string(i), victim, tester, int64_t{i}));
    auto t = run(m, std::move(spec));
    if (!tester)
      return t; // nobody wants to reach them
    auto all = actors::which_children(m.sys, t.supervisor);
    for (auto& x : *all)
      t.children.push_back(x.handle);
    return t;
  }

  tree start_groups(machine& m, int groups, int n) override {
    auto top = endless(actors::strategy::one_for_one);
    for (int g = 0; g < groups; ++g) {
      auto spec = endless(actors::strategy::one_for_one);
      spec.children.reserve(static_cast<size_t>(n));
      for (int i = 0; i < n; ++i)
        spec.children.push_back(
          actors::actor_child(std::to_string(i), nobodys));
      top.children.push_back(
        actors::supervisor_child(std::to_string(g), std::move(spec)));
    }
    return run(m, std::move(top));
  }

  caf::actor start_dynamic(machine& m) override {
    actors::dynamic_spec spec;
    spec.child = actors::child_template("c", nobodys);
    return *actors::spawn_dynamic_supervisor(m.sys, "bench", spec, m.runtime);
  }

  caf::message one_more() const override {
    return caf::make_message(actors::start_instance_request{});
  }

  void stop(machine& m, tree& t) override {
    t.children.clear();
    actors::stop_supervisor(m.sys, t.supervisor);
    t.supervisor = nullptr;
  }

private:
  static actors::supervisor_spec endless(actors::strategy how) {
    actors::supervisor_spec spec;
    spec.how = how;
    spec.max_restarts = 1'000'000;
    spec.within = 1h;
    return spec;
  }

  static tree run(machine& m, actors::supervisor_spec spec) {
    auto begin = clock_type::now();
    auto sup =
      actors::spawn_supervisor(m.sys, "bench", std::move(spec), m.runtime);
    if (!sup)
      throw std::runtime_error{actors::text_of(sup.error())};
    tree t{*sup, {}};
    last_start_ms = ns_since(begin) / 1e6;
    return t;
  }
};

class bare_caf : public side {
public:
  const char* name() const override { return "bare"; }

  tree start(machine& m,
             actors::strategy how,
             int n,
             const caf::actor& tester) override {
    auto begin = clock_type::now();
    auto sup = spawn_bare(m.sys, how, n, tester);
    return await(m, sup, begin);
  }

  tree start_groups(machine& m, int groups, int n) override {
    auto begin = clock_type::now();
    return await(m, spawn_bare_groups(m.sys, groups, n), begin);
  }

  caf::actor start_dynamic(machine& m) override {
    return spawn_bare_dynamic(m.sys);
  }

  caf::message one_more() const override {
    return caf::make_message(start_a::value);
  }

  void stop(machine& m, tree& t) override {
    caf::scoped_actor self{m.sys};
    self->monitor(t.supervisor);
    self->send_exit(t.supervisor, caf::exit_reason::user_shutdown);
    self->receive([](caf::down_msg&) {});
    t.supervisor = nullptr;
  }

private:
  static tree
  await(machine& m, const caf::actor& sup, clock_type::time_point begin) {
    caf::scoped_actor self{m.sys};
    self->request(sup, caf::infinite, go_a::value)
      .receive([](go_a) {}, [](caf::error&) {});
    last_start_ms = ns_since(begin) / 1e6;
    return {sup, {}};
  }
};

} // namespace

double last_start_ms = 0;

side& our_side() {
  static ours x;
  return x;
}

side& bare_side() {
  static bare_caf x;
  return x;
}

} // namespace bench
