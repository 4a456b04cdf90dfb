#pragma once

#include <leptond/config/node_config.hpp>
#include <leptond/core/result.hpp>

namespace leptond::http {

/// A socket that listens, and where: the port that was taken for port 0.
struct listening_socket {
  int fd = -1; ///< close-on-exec, non-blocking; the caller's to close
  listen_address address;
};

/// Binds and listens. The address may be taken again at once after the last
/// owner's end, whatever connections it left behind.
/// @param key the configuration key to name in errors
/// @returns the socket, or what is in the way, with status 3
result<listening_socket> open_listener(const listen_address& address,
                                       const std::string& key);

/// Takes one waiting connection, close-on-exec and non-blocking.
/// @param peer set to `127.0.0.1:53124`
/// @returns the descriptor, or -1 with `errno`
int accept_connection(int listener, std::string& peer);

} // namespace leptond::http
