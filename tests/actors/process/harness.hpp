#pragma once

#include <actors/process/process_child.hpp>

#include <caf/all.hpp>
#include <caf/io/middleman.hpp>

#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace process_tests {

/// A hang fails a test instead of holding it up for ever.
constexpr std::chrono::seconds patience{30};

template <class T>
T await(std::future<T> x) {
  if (x.wait_for(patience) != std::future_status::ready)
    throw std::runtime_error("nothing has happened in time");
  return x.get();
}

/// The number of open descriptors of this process.
size_t count_descriptors();

/// An actor system with network, and after it a host: destroyed in the right
/// order.
class node {
public:
  node() : config_{}, system{configure(config_)} {}

private:
  static caf::actor_system_config& configure(caf::actor_system_config& cfg);

  caf::actor_system_config config_;

public:
  caf::actor_system system;
  actors::process_host host;
};

struct ending {
  caf::error reason;
  actors::process_exit how;
  std::string text; ///< of the reason
};

/// One child with what it has told. Must not outlive the node.
class probe {
public:
  explicit probe(node& where) : node_{where} {}

  /// Starts the test worker of this type (or whatever the spec says).
  void start(actors::process_child_spec spec);

  void start_worker(const std::string& type,
                    std::vector<std::string> args = {});

  caf::expected<actors::process_started> started() {
    return await(state_->started.get_future());
  }

  /// Started, or the test fails.
  actors::process_started running();

  ending ended() { return await(state_->ended.get_future()); }

  /// Asks the root actor; an error's text in brackets if it does not answer.
  std::string ask(const std::string& what, const std::string& arg = {});

  void tell(const std::string& what, const std::string& arg = {});

  std::vector<std::string> lines() {
    std::lock_guard guard{state_->mutex};
    return state_->lines;
  }

  /// What was said of limits that are ignored.
  std::vector<std::string> notices() {
    std::lock_guard guard{state_->mutex};
    return state_->notices;
  }

  /// Waits for the first line.
  std::string first_line() { return await(state_->first_line.get_future()); }

  /// Lets go of the actor, so that the system can end.
  void release() { root_ = nullptr; }

  actors::process_child& child() { return *child_; }

private:
  struct state {
    std::promise<caf::expected<actors::process_started>> started;
    std::promise<ending> ended;
    std::promise<std::string> first_line;
    std::mutex mutex;
    std::vector<std::string> lines;
    std::vector<std::string> notices;
  };

  node& node_;
  std::shared_ptr<state> state_ = std::make_shared<state>();
  std::shared_ptr<actors::process_child> child_;
  caf::actor root_;
};

/// A spec for the test worker without core files.
actors::process_child_spec worker_spec(const std::string& type);

} // namespace process_tests
