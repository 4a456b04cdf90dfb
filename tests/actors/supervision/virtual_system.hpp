#pragma once

#include <actors/observe/event.hpp>
#include <actors/supervision/child.hpp>
#include <actors/supervision/messages.hpp>
#include <actors/supervision/stable_handle.hpp>
#include <actors/supervision/supervisor.hpp>
#include <actors/supervision/supervisor_actor.hpp>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Supervisors in CAF's deterministic scheduler: one thread, virtual time.
/// `run` lets everybody work until nobody has anything to do; nothing sleeps.
namespace supervision_tests {

using namespace std::chrono_literals;

using add_a = caf::atom_constant<caf::atom("add")>;
using boom_a = caf::atom_constant<caf::atom("boom")>;
using leave_a = caf::atom_constant<caf::atom("leave")>;

struct counter_state {
  int64_t total = 0;
  static inline const char* name = "counter";
};

/// Adds; throws at `boom`; ends normally at `leave`.
inline caf::behavior counter(caf::stateful_actor<counter_state>* self) {
  return {
    [=](add_a, int64_t x) { return self->state.total += x; },
    [](boom_a) -> int64_t { throw std::runtime_error{"the counter broke"}; },
    [=](leave_a) { self->quit(); },
  };
}

inline actors::child_spec
counter_child(std::string id,
              actors::restart when = actors::restart::permanent) {
  auto spec = actors::actor_child(std::move(id), counter);
  spec.when = when;
  return spec;
}

inline actors::supervisor_spec
spec_of(std::vector<actors::child_spec> children,
        actors::strategy how = actors::strategy::one_for_one,
        uint32_t max_restarts = 3) {
  actors::supervisor_spec spec;
  spec.how = how;
  spec.max_restarts = max_restarts;
  spec.children = std::move(children);
  return spec;
}

/// A child that acknowledges when it is told to.
inline actors::child_spec
slow_child(const std::string& id, std::vector<actors::acknowledgement>& acks) {
  actors::child_spec spec;
  spec.id = id;
  spec.start = [&acks](actors::start_context& ctx) {
    ctx.acknowledges = true;
    acks.push_back(ctx.ack);
    return ctx.system.spawn(
      [](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  };
  return spec;
}

/// A child that does not end when it is told to.
inline actors::child_spec deaf_child(const std::string& id) {
  return actors::actor_child(id, [](caf::event_based_actor* self) {
    self->set_exit_handler([](caf::scheduled_actor*, caf::exit_msg&) {});
    return caf::behavior{[](int) {}};
  });
}

class virtual_system {
  struct config : caf::actor_system_config {
    config() {
      set("scheduler.policy", caf::atom("testing"));
      actors::add_supervision_errors(*this);
    }
  };

  config config_;

public:
  virtual_system()
    : sys{config_},
      scheduler{
        dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler())},
      driver{sys} {
    auto rt = std::make_shared<actors::supervision_runtime>();
    rt->on_event = [this](actors::event e) { events.push_back(std::move(e)); };
    runtime = rt;
  }

  ~virtual_system() {
    if (supervisor)
      stop();
    supervisor = nullptr;
    run();
  }

  void run() { scheduler.run(); }

  void advance(caf::timespan x) {
    scheduler.advance_time(x);
    run();
  }

  /// Starts `spec` as the root `top`; its children start as far as they can.
  void start(actors::supervisor_spec spec) {
    supervisor = sys.spawn<actors::supervisor_actor>(
      actors::position{"top", runtime, nullptr,
                       actors::acknowledgement{driver->address(), 0, 0}},
      std::make_shared<const actors::supervisor_spec>(std::move(spec)));
    driver->monitor(supervisor);
    run();
  }

  void stop() {
    caf::anon_send_exit(supervisor, caf::exit_reason::user_shutdown);
    run();
  }

  /// Asks and lets everybody work; nothing if there was no answer.
  template <class Answer, class... Ts>
  std::optional<Answer> ask(const caf::actor& to, Ts... xs) {
    return collect<Answer>(
      driver->request(to, caf::infinite, std::move(xs)...));
  }

  template <class Answer, class Request>
  std::optional<Answer> collect(Request request) {
    run();
    std::optional<Answer> result;
    last_error = caf::none;
    // A deadline that has passed: all there will ever be is here already.
    request.receive([&](Answer& x) { result = std::move(x); },
                    [&](caf::error& e) { last_error = std::move(e); });
    return result;
  }

  int64_t add(const caf::actor& to, int64_t x) {
    return ask<int64_t>(to, add_a::value, x).value_or(-1);
  }

  actors::child_reply request(actors::child_verb verb, const std::string& id) {
    return *ask<actors::child_reply>(supervisor,
                                     actors::child_request{verb, id});
  }

  actors::child_reply replace(const caf::actor& to,
                              actors::supervisor_spec spec) {
    return *ask<actors::child_reply>(
      to, actors::replace_request{
            std::make_shared<const actors::supervisor_spec>(std::move(spec))});
  }

  actors::child_reply start_child(actors::child_spec spec) {
    return *ask<actors::child_reply>(
      supervisor,
      actors::start_child_request{
        std::make_shared<const actors::child_spec>(std::move(spec))});
  }

  std::vector<actors::child_info> children() {
    return *ask<std::vector<actors::child_info>>(
      supervisor, actors::which_children_request{});
  }

  actors::child_info child(const std::string& id) {
    for (auto& x : children())
      if (x.id == id)
        return x;
    return {};
  }

  caf::actor handle(const std::string& id) { return child(id).handle; }

  /// `a running, b stopped`.
  std::string states() {
    std::string text;
    for (auto& x : children())
      text += (text.empty() ? "" : ", ") + x.id + " " + x.state;
    return text;
  }

  /// The kinds and ids of the events so far: `child_started a`.
  std::string story() {
    std::string text;
    for (auto& x : events)
      text += (text.empty() ? "" : ", ") + x.kind + " "
              + x.path.substr(x.path.rfind('/') + 1);
    events.clear();
    return text;
  }

  /// With which reason the supervisor ended; empty while it lives.
  std::string end() {
    std::string text;
    driver->receive([](actors::start_outcome&) {},
                    [&](caf::down_msg& x) {
                      text = actors::to_string(actors::status_of(x.reason));
                    },
                    caf::after(0s) >> [] {});
    return text;
  }

  caf::actor_system sys;
  caf::scheduler::test_coordinator& scheduler;
  caf::scoped_actor driver;
  std::vector<actors::event> events;
  actors::runtime_ptr runtime;
  caf::actor supervisor;
  caf::error last_error;
};

} // namespace supervision_tests
