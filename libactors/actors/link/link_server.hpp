#pragma once

/// The links of a node: listens, dials, authenticates, carries. One thread for
/// all of them; Boost.Asio and OpenSSL stay out of this header. No CAF in here.

#include <actors/link/certificates.hpp>
#include <actors/link/tls_link.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace actors::link {

struct link_options {
  std::string cluster = "lepton";
  std::string node;         ///< our name
  uint64_t incarnation = 1; ///< grows with each start of the node
  /// Without it links are plain, and only to and from loopback addresses.
  std::optional<certificate_files> tls = std::nullopt;
  std::string host = "127.0.0.1";                   ///< address to listen on
  uint16_t port = 0;                                ///< 0: any
  std::chrono::milliseconds dial_within{2000};      ///< until TCP connects
  std::chrono::milliseconds handshake_within{3000}; ///< then until hello
  std::chrono::milliseconds heartbeat{250};
  /// A link is dropped when nothing has come for so long. Finding dead nodes
  /// sooner is the cluster's business, which has more evidence.
  std::chrono::milliseconds silence{10000};
  /// Connections that have not said who they are; more are closed at once.
  size_t max_strangers = 64;
  send_limits limits = {}; ///< of each link
  /// Bytes of bulk that may come before they are used; at least twice
  /// `max_bulk_message`.
  uint64_t bulk_window = 2 * max_bulk_message;
};

/// Called on the server's thread; they must be quick and not throw. Of one
/// link: first `up`, last `down`. Views live as long as the call.
struct link_hooks {
  std::function<void(const link_ptr&)> up;
  std::function<void(const link_ptr&, const std::string& reason)> down;
  std::function<void(const link_ptr&, std::string_view)> control;
  std::function<void(const link_ptr&, std::string_view)> caf;
  /// Call `bulk_used` when done with it.
  std::function<void(const link_ptr&, std::string)> bulk;
  /// A channel that was full has room again.
  std::function<void(const link_ptr&, channel)> relieved;
  /// A line for the log: who was refused and why. Some 50 a second at most.
  std::function<void(const std::string&)> log;
};

/// Called once, with the link after `up`, or with the reason.
using dial_callback = std::function<void(outcome<link_ptr>)>;

/// Thread safe, except for destruction, which drops every link and must not
/// happen inside a hook.
class link_server {
public:
  /// Checks options and files, listens, starts the thread.
  static outcome<std::unique_ptr<link_server>> start(link_options options,
                                                     link_hooks hooks);

  virtual ~link_server() = default;

  /// Where it listens.
  virtual uint16_t port() const = 0;

  /// Connects to another node.
  /// @param node whom to expect there; empty: any node of the cluster
  virtual void dial(const std::string& host,
                    uint16_t port,
                    const std::string& node,
                    dial_callback done) = 0;

  /// The link to a node, or null.
  virtual link_ptr find(const std::string& node) const = 0;

  virtual std::vector<link_ptr> links() const = 0;

  /// Reads the certificates again, for handshakes from now on. Links that are
  /// up stay up. On a problem the old ones stay in use.
  virtual outcome<node_identity> reload() = 0;
};

} // namespace actors::link
