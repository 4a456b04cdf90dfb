#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <tests/lepton/shell/fake_node.hpp>
#include <unistd.h>

namespace lepton_test {

namespace {

bool read_more(int fd, std::string& buffer) {
  char block[16384];
  auto n = recv(fd, block, sizeof(block), 0);
  if (n <= 0)
    return false;
  buffer.append(block, static_cast<size_t>(n));
  return true;
}

void parse_head(const std::string& head, fake_request& request) {
  auto first = head.substr(0, head.find("\r\n"));
  auto space = first.find(' ');
  request.method = first.substr(0, space);
  request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
  size_t at = first.size() + 2;
  while (at < head.size()) {
    auto end = std::min(head.find("\r\n", at), head.size());
    auto line = head.substr(at, end - at);
    auto colon = line.find(':');
    if (colon != std::string::npos) {
      auto name = line.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      });
      request.headers[name] = line.substr(std::min(colon + 2, line.size()));
    }
    at = end + 2;
  }
}

bool read_request(int fd, std::string& buffer, fake_request& request) {
  size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more(fd, buffer))
      return false;
  }
  parse_head(buffer.substr(0, end), request);
  buffer.erase(0, end + 4);
  auto length = request.headers.find("content-length");
  size_t bytes =
    length == request.headers.end() ? 0 : std::stoul(length->second);
  while (buffer.size() < bytes) {
    if (!read_more(fd, buffer))
      return false;
  }
  request.body = buffer.substr(0, bytes);
  buffer.erase(0, bytes);
  return true;
}

void send_all(int fd, const std::string& text) {
  size_t at = 0;
  while (at < text.size()) {
    auto n = ::send(fd, text.data() + at, text.size() - at, MSG_NOSIGNAL);
    if (n <= 0)
      return;
    at += static_cast<size_t>(n);
  }
}

} // namespace

fake_node::fake_node(handler answer, int port) : answer_(std::move(answer)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0
      || listen(listener_, 64) != 0)
    throw std::runtime_error("the fake node cannot listen");
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_loop(); });
}

fake_node::~fake_node() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  {
    std::lock_guard guard(mutex_);
    for (auto fd : open_)
      shutdown(fd, SHUT_RDWR);
  }
  for (auto& t : threads_)
    t.join();
  for (auto fd : open_)
    close(fd);
}

std::vector<fake_request> fake_node::requests() const {
  std::lock_guard guard(mutex_);
  return requests_;
}

void fake_node::accept_loop() {
  while (!stopping_) {
    auto fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0)
      return;
    ++connections_;
    std::lock_guard guard(mutex_);
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void fake_node::serve(int fd) {
  std::string buffer;
  fake_request request;
  while (read_request(fd, buffer, request)) {
    {
      std::lock_guard guard(mutex_);
      requests_.push_back(request);
    }
    if (!answer(fd, request))
      break;
    request = {};
  }
  shutdown(fd, SHUT_RDWR);
}

bool fake_node::answer(int fd, const fake_request& request) {
  auto a = answer_(request);
  if (a.silent) {
    pollfd entry{fd, POLLRDHUP, 0};
    poll(&entry, 1, -1);
    return false;
  }
  if (!a.raw.empty()) {
    send_all(fd, a.raw);
    return false;
  }
  auto bytes = a.cut ? a.body.size() * 2 : a.body.size();
  auto head = "HTTP/1.1 " + std::to_string(a.status)
              + " x\r\nContent-Length: " + std::to_string(bytes) + "\r\n";
  for (auto& line : a.headers)
    head += line + "\r\n";
  send_all(fd, head + "\r\n" + a.body);
  return !a.cut;
}

fake_node::handler
answers(std::map<std::string, std::string> by_method_and_target) {
  return [table = std::move(by_method_and_target)](const fake_request& r) {
    auto found = table.find(r.method + " " + r.target);
    if (found == table.end())
      return fake_answer{404, R"({"error": "no such thing"})"};
    return fake_answer{200, found->second};
  };
}

} // namespace lepton_test
