#pragma once

// Internal: what the connections of one server share. Includes Asio.

#include <leptond/http/server.hpp>

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace leptond::http {

class connection;

/// Owned by the server and, so that late handles stay safe, by each
/// connection. Thread-safe.
class server_core {
public:
  server_core(router r, server_options o, server_hooks h);

  boost::asio::io_context io;
  const router routes;
  const server_options options;
  const server_hooks hooks;
  std::atomic<bool> stopping{false};

  void insert(const std::shared_ptr<connection>& which);
  void remove(const connection* which);
  std::size_t size() const;
  std::vector<std::shared_ptr<connection>> all() const;

  /// @returns whether no connection was left in time
  bool wait_until_empty(std::chrono::milliseconds within);

  /// Takes `bytes` of the memory for bodies; false: there is not enough.
  bool reserve(std::uint64_t bytes);
  void release(std::uint64_t bytes);

  void report(connection_event event, const std::string& peer) const;

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<const connection*, std::shared_ptr<connection>> open_;
  std::atomic<std::uint64_t> buffered_{0};
};

} // namespace leptond::http
