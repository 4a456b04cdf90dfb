#pragma once

// Internal: what the connections of one server share. Includes Asio.

#include <actors/link/hello.hpp>
#include <actors/link/link_server.hpp>
#include <actors/link/tls_context.hpp>

#include <boost/asio/io_context.hpp>

#include <map>
#include <mutex>
#include <unordered_set>

namespace actors::link {

class connection;

/// Owned by the server and, so that late handles stay safe, by each
/// connection. Everything but what has a lock belongs to the server's thread.
class server_core {
public:
  using clock = std::chrono::steady_clock;

  server_core(link_options o, link_hooks h);

  boost::asio::io_context io{1};
  const link_options options;
  const link_hooks hooks;
  const hello self;
  std::string buffer; ///< into which all connections read
  bool stopping = false;

  /// For handshakes from now on; null context: plain. Thread safe.
  std::shared_ptr<SSL_CTX> context() const;
  void use(credentials x);

  /// Connections that are not links yet.
  std::unordered_set<std::shared_ptr<connection>> strangers;

  /// What is being dialled, and how to give it up.
  std::map<uint64_t, std::function<void()>> dialling;
  uint64_t last_dial = 0;

  /// Makes a stranger the link to its peer; the one that it replaces is
  /// dropped. @returns why not, if it must not be
  std::optional<std::string> admit(const std::shared_ptr<connection>& which);

  /// Forgets a connection, be it a stranger or a link.
  void forget(const std::shared_ptr<connection>& which);

  std::shared_ptr<connection> find(const std::string& node) const;
  std::vector<std::shared_ptr<connection>> links() const;

  /// A line for the log; a flood of them is cut off and counted.
  void note(const std::string& line);

private:
  mutable std::mutex mutex_;
  credentials credentials_;
  std::map<std::string, std::shared_ptr<connection>> links_;
  clock::time_point notes_since_{};
  size_t notes_ = 0;
};

} // namespace actors::link
