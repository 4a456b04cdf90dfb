#include <leptond/config/node_config.hpp>
#include <leptond/core/text.hpp>
#include <leptond/http/origin.hpp>

#include <algorithm>

namespace leptond::http {

namespace {

/// `example.org:80` is `example.org`, `[::1]` stays.
std::string_view without_port(std::string_view host) {
  const auto colon = host.rfind(':');
  const auto bracket = host.rfind(']');
  if (colon == std::string_view::npos
      || (bracket != std::string_view::npos && bracket > colon))
    return host;
  return host.substr(0, colon);
}

bool numeric_or_local(std::string_view name) {
  return parse_listen_address(std::string{name} + ":0").has_value();
}

} // namespace

std::optional<std::string>
refuse_origin(std::optional<std::string_view> host,
              std::optional<std::string_view> origin,
              const std::vector<std::string>& known) {
  if (host && !host->empty()) {
    const auto name = without_port(*host);
    if (!numeric_or_local(name)
        && std::find(known.begin(), known.end(), name) == known.end())
      return "this node is not known as " + in_quotes(name)
             + "; add the name to api.hosts if it is";
  }
  if (origin && (!host || !origin->ends_with("://" + std::string{*host})))
    return "requests from pages of " + in_quotes(*origin) + " are refused";
  return std::nullopt;
}

} // namespace leptond::http
