#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leptond::http {

/// Keeps web pages of others away from an API on this machine. A browser
/// sends `Origin` with a page's requests, and a page that rebinds its name to
/// 127.0.0.1 still sends that name as `Host`.
/// @param host the Host header, or nothing
/// @param origin the Origin header, or nothing
/// @param known names accepted besides numeric addresses and localhost
/// @returns why the request is refused, or nothing
std::optional<std::string> refuse_origin(std::optional<std::string_view> host,
                                         std::optional<std::string_view> origin,
                                         const std::vector<std::string>& known);

} // namespace leptond::http
