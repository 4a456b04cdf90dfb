#pragma once

#include <leptond/http/json.hpp>
#include <leptond/http/server.hpp>

#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "raw_client.hpp"

namespace leptond::testing {

/// What the hooks of a server have said; a test waits for it, never for time.
class journal {
public:
  void add(const http::access_record& each) {
    const std::lock_guard guard{mutex_};
    records_.push_back(each);
    changed_.notify_all();
  }

  void add(http::connection_event event) {
    const std::lock_guard guard{mutex_};
    ++events_[event];
    changed_.notify_all();
  }

  /// @returns whether the event came so often, waiting for it
  bool wait_for(http::connection_event event, int times) {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, std::chrono::seconds{20},
                             [&] { return events_[event] >= times; });
  }

  /// Waits for so many records.
  std::vector<http::access_record> records(std::size_t many) {
    std::unique_lock guard{mutex_};
    changed_.wait_for(guard, std::chrono::seconds{20},
                      [&] { return records_.size() >= many; });
    return records_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<http::access_record> records_;
  std::map<http::connection_event, int> events_;
};

/// A server on a free port, with routes that a test adds before `start`.
struct server_fixture {
  http::router routes;
  http::server_options options;
  journal seen;
  std::unique_ptr<http::server> server;
  std::uint16_t port = 0;

  server_fixture() {
    options.listen = {"127.0.0.1", 0};
    options.linger = std::chrono::milliseconds{200};
    routes.add("GET", "/hello", [](const auto&, const auto& out) {
      out.send(http::json_response({{"hello", "world"}}));
    });
    routes.add("POST", "/echo", [](const auto& in, const auto& out) {
      out.send({200, in.body, "text/plain", {}});
    });
  }

  void start() {
    http::server_hooks hooks;
    hooks.access = [this](const auto& each) { seen.add(each); };
    hooks.connection = [this](auto event, const auto&) { seen.add(event); };
    server = std::make_unique<http::server>(routes, options, hooks);
    const auto at = server->start();
    BOOST_REQUIRE_MESSAGE(at, (at ? "" : at.error().text()));
    port = at.value().port;
  }

  raw_client connect() const { return raw_client{port}; }

  raw_client::answer ask(std::string_view method,
                         std::string_view target,
                         std::string_view body = {}) const {
    auto client = connect();
    client.request(method, target, body);
    return client.read_answer();
  }

  ~server_fixture() {
    if (server)
      server->stop(std::chrono::milliseconds{0});
  }
};

} // namespace leptond::testing
