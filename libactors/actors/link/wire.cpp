#include <actors/link/wire.hpp>

#include <array>
#include <cerrno>
#include <openssl/err.h>
#include <sys/socket.h>
#include <system_error>

namespace actors::link {

namespace {

std::string errno_text(int error) {
  return std::error_code{error, std::generic_category()}.message();
}

} // namespace

wire::wire(int socket, SSL_CTX* context, bool accepted) : socket_{socket} {
  if (context == nullptr)
    return;
  ssl_.reset(SSL_new(context));
  SSL_set_fd(ssl_.get(), socket);
  if (accepted)
    SSL_set_accept_state(ssl_.get());
  else
    SSL_set_connect_state(ssl_.get());
}

progress wire::state_of(int result, const char* what) {
  auto error = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
  case SSL_ERROR_NONE:
    return progress::done;
  case SSL_ERROR_WANT_READ:
    return progress::want_read;
  case SSL_ERROR_WANT_WRITE:
    return progress::want_write;
  case SSL_ERROR_ZERO_RETURN:
    return progress::ended;
  case SSL_ERROR_SYSCALL:
    if (error == 0)
      return progress::ended;
    why_ = std::string{what} + ": " + errno_text(error);
    return progress::failed;
  default:
    break;
  }
  auto verified = SSL_get_verify_result(ssl_.get());
  auto reason = openssl_reason("TLS failed");
  why_ = std::string{what} + ": " + reason;
  if (verified != X509_V_OK)
    why_ += std::string{" ("} + X509_verify_cert_error_string(verified) + ")";
  return progress::failed;
}

progress wire::handshake() {
  if (!ssl_)
    return progress::done;
  ERR_clear_error();
  errno = 0;
  return state_of(SSL_do_handshake(ssl_.get()), "TLS handshake");
}

transfer wire::failure_of(const char* what, bool reading) {
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
    return {reading ? progress::want_read : progress::want_write};
  why_ = std::string{what} + ": " + errno_text(errno);
  return {progress::failed};
}

transfer wire::read(char* to, size_t size) {
  if (!ssl_) {
    auto n = ::recv(socket_, to, size, 0);
    if (n < 0)
      return failure_of("read", true);
    return {n == 0 ? progress::ended : progress::done, static_cast<size_t>(n)};
  }
  size_t n = 0;
  ERR_clear_error();
  errno = 0;
  auto result = SSL_read_ex(ssl_.get(), to, size, &n);
  return {result == 1 ? progress::done : state_of(result, "read"), n};
}

transfer wire::write(const char* from, size_t size) {
  if (!ssl_) {
    auto n = ::send(socket_, from, size, MSG_NOSIGNAL);
    if (n < 0)
      return failure_of("write", false);
    return {progress::done, static_cast<size_t>(n)};
  }
  size_t n = 0;
  ERR_clear_error();
  errno = 0;
  auto result = SSL_write_ex(ssl_.get(), from, size, &n);
  return {result == 1 ? progress::done : state_of(result, "write"), n};
}

void wire::finish() {
  if (ssl_ && SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(socket_, SHUT_WR);
}

progress wire::drain() {
  std::array<char, 4096> buffer; // NOLINT: written before it is read
  for (auto i = 0; i < 16; ++i) {
    auto n = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (n == 0)
      return progress::ended;
    if (n < 0)
      return failure_of("read", true).state;
  }
  return progress::done;
}

outcome<node_identity> wire::peer() const {
  if (!ssl_)
    return problem{"there is no TLS"};
  x509_ptr certificate{SSL_get1_peer_certificate(ssl_.get())};
  if (!certificate)
    return problem{"it has shown no certificate"};
  auto who = identity_of(*certificate);
  if (auto named = std::get_if<node_identity>(&who);
      named != nullptr && named->node.empty())
    return problem{"it has shown an authority's certificate, not a node's"};
  return who;
}

} // namespace actors::link
