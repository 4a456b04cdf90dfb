#include <leptond/config/node_config.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <netinet/in.h>

namespace leptond {

std::string_view to_string(role r) {
  switch (r) {
  case role::controller:
    return "controller";
  case role::storage:
    return "storage";
  case role::compute:
    return "compute";
  case role::network:
    return "network";
  }
  return "unknown";
}

std::string to_string(const listen_address& address) {
  const auto port = std::to_string(address.port);
  if (address.host.find(':') != std::string::npos)
    return '[' + address.host + "]:" + port;
  return address.host + ':' + port;
}

bool is_loopback(const listen_address& address) {
  in_addr four{};
  if (inet_pton(AF_INET, address.host.c_str(), &four) == 1)
    return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  if (inet_pton(AF_INET6, address.host.c_str(), &six) != 1)
    return false;
  return IN6_IS_ADDR_LOOPBACK(&six)
         || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
}

std::optional<listen_address> parse_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  auto host = text.substr(0, colon);
  const auto port_text = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto* end = port_text.data() + port_text.size();
  const auto [stop, error] = std::from_chars(port_text.data(), end, port);
  if (error != std::errc{} || stop != end || port_text.empty())
    return std::nullopt;
  const auto bracketed =
    host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed)
    host = host.substr(1, host.size() - 2);
  auto name = std::string{host == "localhost" ? "127.0.0.1" : host};
  std::array<unsigned char, sizeof(in6_addr)> address{};
  const auto family = bracketed ? AF_INET6 : AF_INET;
  if (inet_pton(family, name.c_str(), address.data()) != 1)
    return std::nullopt;
  return listen_address{std::move(name), port};
}

bool node_config::has_role(role r) const {
  return std::find(node.roles.begin(), node.roles.end(), r) != node.roles.end();
}

} // namespace leptond
