#include "raw_client.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

namespace leptond::testing {

raw_client::raw_client(std::uint16_t port) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{20, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("cannot connect");
}

raw_client::raw_client(raw_client&& other) noexcept
  : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}

raw_client::~raw_client() {
  close();
}

void raw_client::close() {
  if (fd_ >= 0)
    ::close(std::exchange(fd_, -1));
}

bool raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool raw_client::request(std::string_view method,
                         std::string_view target,
                         std::string_view body) {
  auto text = std::string{method} + ' ' + std::string{target}
              + " HTTP/1.1\r\nHost: localhost\r\n";
  if (!body.empty())
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return send(text + "\r\n" + std::string{body});
}

bool raw_client::fill() {
  char bytes[65536];
  const auto n = ::recv(fd_, bytes, sizeof bytes, 0);
  if (n <= 0)
    return false;
  buffer_.append(bytes, static_cast<std::size_t>(n));
  return true;
}

raw_client::answer raw_client::read_answer(bool head_only) {
  auto end = buffer_.find("\r\n\r\n");
  while (end == std::string::npos) {
    if (!fill())
      return {};
    end = buffer_.find("\r\n\r\n");
  }
  answer out;
  out.head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  out.status = std::atoi(out.head.c_str() + sizeof "HTTP/1.1");
  const auto at = out.head.find("Content-Length: ");
  if (head_only || at == std::string::npos)
    return out;
  const auto length = std::strtoull(out.head.c_str() + at + 16, nullptr, 10);
  while (buffer_.size() < length)
    if (!fill())
      return {};
  out.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return out;
}

std::string raw_client::read_all() {
  while (fill())
    ;
  return std::exchange(buffer_, {});
}

bool raw_client::readable(std::chrono::milliseconds within) const {
  pollfd one{fd_, POLLIN, 0};
  return ::poll(&one, 1, static_cast<int>(within.count())) > 0;
}

void raw_client::finish_sending() {
  ::shutdown(fd_, SHUT_WR);
}

void raw_client::reset_on_close() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

} // namespace leptond::testing
