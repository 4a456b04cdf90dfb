#pragma once

// Internal: a connected socket that does not block, with TLS or without.
// Includes OpenSSL.

#include <actors/link/openssl.hpp>

#include <cstddef>
#include <string>

namespace actors::link {

/// How far a call on a wire has come.
enum class progress : uint8_t {
  done,
  want_read,  ///< again when the socket can be read
  want_write, ///< again when the socket can be written
  ended,      ///< the other side has closed
  failed,     ///< `wire::why` says why
};

struct transfer {
  progress state = progress::done;
  size_t bytes = 0;
};

/// Reads and writes what the socket takes now. Not thread safe. The caller
/// blocks SIGPIPE.
class wire {
public:
  /// @param socket not owned, and set not to block
  /// @param context null: plain
  wire(int socket, SSL_CTX* context, bool accepted);

  bool encrypted() const noexcept { return ssl_ != nullptr; }

  progress handshake();
  transfer read(char* to, size_t size);

  /// After `want_*` it has to be called with the same bytes again.
  transfer write(const char* from, size_t size);

  /// Tells the other side that no more comes; what it still sends is read and
  /// thrown away by `drain`, lest a reset overtakes our last words.
  void finish();
  progress drain();

  /// Whom the other side's certificate names; after the handshake.
  outcome<node_identity> peer() const;

  const std::string& why() const noexcept { return why_; }

private:
  progress state_of(int result, const char* what);
  transfer failure_of(const char* what, bool reading);

  int socket_;
  ssl_ptr ssl_;
  std::string why_;
};

} // namespace actors::link
