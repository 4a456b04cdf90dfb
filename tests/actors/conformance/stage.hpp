#pragma once

/// Where the conformance suite plays: a real actor system with real threads
/// and processes, and a record of all that its supervisors have said. Tests
/// wait for events, never for time.

#include <actors/process/process_host.hpp>
#include <actors/supervision/dynamic.hpp>
#include <actors/supervision/messages.hpp>
#include <actors/supervision/supervisor.hpp>

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>

#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tests/actors/conformance/subject.hpp"

namespace conformance {

using namespace std::chrono_literals;

using actors::carrier;
using actors::child_spec;
using actors::restart;
using actors::strategy;
using actors::supervisor_spec;
using words = std::vector<std::string>;

/// A hang fails a test instead of holding it up for ever.
constexpr std::chrono::seconds patience{60};

/// What each incarnation of a child does, by its number; the last for ever.
using plans = std::vector<plan>;

inline plans failing(size_t starts, at_start how = at_start::throws) {
  plans result{{}};
  result.insert(result.end(), starts, plan{how, at_stop::obeys});
  result.push_back({});
  return result;
}

class stage {
public:
  explicit stage(carrier runs_on);
  ~stage();

  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;

  carrier runs_on() const { return runs_on_; }

  /// How many children a case has that needs many.
  size_t many() const;

  // -- specifications ---------------------------------------------------------

  child_spec child(std::string id, plans does = {{}});
  child_spec child(std::string id, restart when, plans does = {{}});

  /// What a child of this id will do, for children that need no spec.
  void does(const std::string& id, plans what);

  /// A dynamic supervisor whose children are given their id as the argument.
  actors::dynamic_spec pool(restart when = restart::permanent);

  /// Children a, b, c, ... with a budget that is never spent.
  supervisor_spec team(const std::string& ids,
                       strategy how = strategy::one_for_one);

  // -- the supervisor "top" ---------------------------------------------------

  /// Starts it, or the test ends.
  void run(supervisor_spec spec);
  caf::expected<caf::actor> try_run(supervisor_spec spec);

  void run(actors::dynamic_spec spec);

  /// Starts a child of a dynamic supervisor.
  caf::expected<caf::actor> start(const std::string& id);

  const caf::actor& top() const { return top_; }

  /// Asks it to stop and waits for its end.
  void stop();

  /// Its exit reason, when it has ended.
  caf::error end_of_top();

  actors::child_info info(const std::string& id);

  std::string state(const std::string& id) { return info(id).state; }

  uint64_t incarnation(const std::string& id) { return info(id).incarnation; }

  /// Ids, in the order of which_children.
  std::string ids();

  // -- children ---------------------------------------------------------------

  /// Sends the verb, through the stable handle.
  void tell(const std::string& id,
            const std::string& verb,
            const std::string& text = {});

  /// Makes the child hang; returns when it does.
  void hang(const std::string& id);

  /// Asks; an error comes back in brackets.
  std::string ask(const std::string& id,
                  const std::string& verb,
                  const std::string& text = {});
  std::string
  ask(const caf::actor& to, const std::string& verb, const std::string& text);

  /// Kills the incarnation from outside.
  void kill(const std::string& id);

  // -- the record -------------------------------------------------------------

  /// Waits for the n-th event of this kind about this child (its path without
  /// "top/"; "" is the supervisor).
  actors::event
  await(const std::string& kind, const std::string& id, size_t n = 1);

  size_t count(const std::string& kind, const std::string& id);

  /// `started a`, `ended a`, ...: what has happened since `forget`, of these
  /// kinds (`child_` is left out); `start a` is the factory's own entry.
  words history(const words& kinds);

  /// The usual ones: start, started, ended, stopped.
  words history();

  void forget();

  actors::runtime_ptr runtime() const { return runtime_; }

  caf::actor_system& system() { return sys_; }

  actors::process_host& processes() { return host_; }

private:
  caf::actor_system_config& configure();
  void record(actors::event x);
  void adopt(const caf::expected<caf::actor>& top);
  plan plan_of(const std::string& id, uint64_t incarnation);
  caf::actor start_actor(actors::start_context& ctx, const std::string& id);

  carrier runs_on_;
  caf::actor_system_config cfg_;
  caf::actor_system sys_;
  actors::process_host host_;
  actors::runtime_ptr runtime_;
  caf::actor top_;
  std::shared_future<caf::error> ended_;
  std::mutex mutex_; // guards what follows
  std::condition_variable changed_;
  std::map<std::string, plans> plans_;
  std::vector<actors::event> events_;
  size_t first_ = 0;
};

} // namespace conformance

/// A behaviour, shown three times: `suite/name/actor`, `.../thread`,
/// `.../process`. The body follows and is given `stage& on`.
#define CONFORMANCE_CASE(name)                                                 \
  static void name##_body(conformance::stage& on);                             \
  BOOST_AUTO_TEST_SUITE(name)                                                  \
  BOOST_AUTO_TEST_CASE(actor) {                                                \
    conformance::stage on{actors::carrier::actor};                             \
    name##_body(on);                                                           \
  }                                                                            \
  BOOST_AUTO_TEST_CASE(thread) {                                               \
    conformance::stage on{actors::carrier::thread};                            \
    name##_body(on);                                                           \
  }                                                                            \
  BOOST_AUTO_TEST_CASE(process) {                                              \
    conformance::stage on{actors::carrier::process};                           \
    name##_body(on);                                                           \
  }                                                                            \
  BOOST_AUTO_TEST_SUITE_END()                                                  \
  static void name##_body([[maybe_unused]] conformance::stage& on)

namespace conformance {

/// Each as a line, for messages.
inline std::string joined(const words& xs) {
  std::string result;
  for (auto& x : xs)
    result += (result.empty() ? "" : ", ") + x;
  return result;
}

} // namespace conformance
