#pragma once

// Internal: how a node speaks TLS. Includes OpenSSL.

#include <actors/link/openssl.hpp>

#include <memory>

namespace actors::link {

/// What a node's files make of it; shared by its connections, never changed.
struct credentials {
  std::shared_ptr<SSL_CTX> context;
  node_identity self;
};

/// TLS 1.3 alone, a certificate of the authority required of the other side,
/// no tickets. Checks the files as `check_files` does.
outcome<credentials> load_credentials(const certificate_files& files);

} // namespace actors::link
