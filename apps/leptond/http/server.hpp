#pragma once

#include <leptond/config/node_config.hpp>
#include <leptond/core/result.hpp>
#include <leptond/http/router.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace leptond::http {

/// What bounds the server; every limit is per connection unless it says
/// otherwise. Defaults as in the table of configuration keys.
struct server_options {
  listen_address listen;
  std::vector<std::string> hosts; ///< further names in the Host header
  std::size_t threads = 2;
  std::size_t max_connections = 512; ///< of the server
  std::size_t max_header = std::size_t{16} << 10;
  std::uint64_t max_body = std::uint64_t{1} << 20; ///< of routes without own
  std::uint64_t max_buffered = std::uint64_t{256} << 20; ///< of the server
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds idle_timeout{60'000};
  /// A body may not stand still longer, nor come slower than 16 KiB/s beyond.
  std::chrono::milliseconds io_timeout{30'000};
  std::chrono::milliseconds answer_timeout{120'000};
  /// How long a closing connection waits for the client to close as well.
  std::chrono::milliseconds linger{2'000};
};

/// The options that a configuration asks for.
server_options options_from(const node_config& config);

/// One request, when its answer is sent or cannot be.
struct access_record {
  std::string method; ///< as sent; whatever the client liked
  std::string target; ///< as sent, without control characters
  std::string route;  ///< the pattern, or empty when none matched
  std::string peer;
  std::string problem; ///< why the server itself refused or broke off
  int status = 0;
  std::uint64_t bytes_in = 0;  ///< of the body
  std::uint64_t bytes_out = 0; ///< header and body
  std::chrono::nanoseconds duration{};
  bool complete = false; ///< the whole answer was handed to the socket
};

/// What happens to connections.
enum class connection_event : std::uint8_t {
  opened,
  closed,
  refused,   ///< beyond `max_connections`
  malformed, ///< not HTTP, or beyond a limit of it; closed after the answer
  timed_out, ///< a deadline of reading or writing passed; closed
};

/// Called on server threads, several at a time; must not block nor throw.
struct server_hooks {
  std::function<void(const access_record&)> access;
  std::function<void(connection_event, const std::string& peer)> connection;
};

/// An HTTP/1.1 server with threads of its own. Requests of one connection are
/// answered one after the other, in order. All methods from one thread.
class server {
public:
  server(router routes, server_options options, server_hooks hooks = {});
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Stops at once when `stop` was not called.
  ~server();

  /// Opens the port and starts the threads.
  /// @returns where it listens, or why it cannot, with status 3
  result<listen_address> start();

  /// Closes the port and idle connections, lets answers in flight finish for
  /// at most `within`, cuts what is left, and joins the threads. Callbacks
  /// that wait for a body get an error. Handles outlive it safely.
  void stop(std::chrono::milliseconds within);

  std::size_t connections() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace leptond::http
