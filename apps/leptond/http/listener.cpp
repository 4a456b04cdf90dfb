#include <leptond/http/listener.hpp>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace leptond::http {

namespace {

constexpr int backlog = 512;

union any_address {
  sockaddr base;
  sockaddr_in four;
  sockaddr_in6 six;
};

socklen_t fill(any_address& out, const listen_address& from) {
  out = {};
  if (inet_pton(AF_INET, from.host.c_str(), &out.four.sin_addr) == 1) {
    out.four.sin_family = AF_INET;
    out.four.sin_port = htons(from.port);
    return sizeof out.four;
  }
  inet_pton(AF_INET6, from.host.c_str(), &out.six.sin6_addr);
  out.six.sin6_family = AF_INET6;
  out.six.sin6_port = htons(from.port);
  return sizeof out.six;
}

listen_address read_back(const any_address& from) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (from.base.sa_family == AF_INET) {
    inet_ntop(AF_INET, &from.four.sin_addr, text.data(), text.size());
    return {text.data(), ntohs(from.four.sin_port)};
  }
  inet_ntop(AF_INET6, &from.six.sin6_addr, text.data(), text.size());
  return {text.data(), ntohs(from.six.sin6_port)};
}

std::string
remedy(int error, const listen_address& address, const std::string& key) {
  const auto port = std::to_string(address.port);
  if (error == EADDRINUSE)
    return "address already in use; \"ss -ltnp sport = :" + port
           + "\" shows by whom, or choose another " + key;
  if (error == EACCES)
    return "permission denied; choose a port from 1024 for " + key;
  if (error == EADDRNOTAVAIL)
    return "this machine has no such address; \"ip address\" lists what it "
           "has, choose one of these for "
           + key;
  return std::string{std::strerror(error)} + "; check " + key;
}

bool prepare(int fd, const listen_address& address, any_address& bound) {
  const int on = 1;
  auto length = fill(bound, address);
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bound.base.sa_family == AF_INET6)
    ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd, &bound.base, length) != 0 || ::listen(fd, backlog) != 0)
    return false;
  length = sizeof bound;
  return ::getsockname(fd, &bound.base, &length) == 0;
}

} // namespace

result<listening_socket> open_listener(const listen_address& address,
                                       const std::string& key) {
  any_address bound{};
  fill(bound, address);
  constexpr int type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const int fd = ::socket(bound.base.sa_family, type, 0);
  if (fd >= 0 && prepare(fd, address, bound))
    return listening_socket{fd, read_back(bound)};
  const auto error = errno;
  if (fd >= 0)
    ::close(fd);
  return failure{exit_no_place,
                 {"cannot listen on " + to_string(address) + ": "
                  + remedy(error, address, key)}};
}

int accept_connection(int listener, std::string& peer) {
  any_address from{};
  socklen_t length = sizeof from;
  const int fd =
    ::accept4(listener, &from.base, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0)
    return -1;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  peer = to_string(read_back(from));
  return fd;
}

} // namespace leptond::http
