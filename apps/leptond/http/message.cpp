#include <leptond/core/text.hpp>
#include <leptond/http/message.hpp>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace leptond::http {

namespace {

std::optional<std::string>
find_in(const std::vector<std::pair<std::string, std::string>>& list,
        std::string_view name) {
  for (const auto& [key, value] : list)
    if (key == name)
      return value;
  return std::nullopt;
}

} // namespace

std::optional<std::string> request::header(std::string_view name) const {
  return find_in(headers, name);
}

std::optional<std::string> request::find_query(std::string_view name) const {
  return find_in(query, name);
}

std::string request::require_query(std::string_view name) const {
  auto value = find_query(name);
  if (!value || value->empty())
    throw http_error(400, "the query needs " + std::string{name} + "=...");
  return std::move(*value);
}

std::int64_t request::query_integer(std::string_view name,
                                    std::int64_t low,
                                    std::int64_t high,
                                    std::int64_t fallback) const {
  const auto text = find_query(name);
  if (!text)
    return fallback;
  std::int64_t number = 0;
  const auto* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc{} || stop != end || number < low || number > high)
    throw http_error(400, std::string{name} + ": expected an integer from "
                            + std::to_string(low) + " to "
                            + std::to_string(high) + ", got "
                            + in_quotes(*text));
  return number;
}

void request::allow_query(std::initializer_list<std::string_view> names) const {
  for (const auto& [name, value] : query) {
    if (std::find(names.begin(), names.end(), name) != names.end())
      continue;
    std::vector<std::string> known{names.begin(), names.end()};
    throw http_error(400, "unknown parameter " + in_quotes(name)
                            + (known.empty() ? "; there are none here"
                                             : "; known are " + join(known)));
  }
}

response error_response(int status, std::string_view text) {
  const nlohmann::json body = {{"error", std::string{text}}};
  using handling = nlohmann::json::error_handler_t;
  response out;
  out.status = status;
  out.body = body.dump(-1, ' ', false, handling::replace) + '\n';
  return out;
}

std::string_view reason_phrase(int status) {
  switch (status) {
  case 200:
    return "OK";
  case 201:
    return "Created";
  case 202:
    return "Accepted";
  case 204:
    return "No Content";
  case 206:
    return "Partial Content";
  case 304:
    return "Not Modified";
  case 400:
    return "Bad Request";
  case 401:
    return "Unauthorized";
  case 403:
    return "Forbidden";
  case 404:
    return "Not Found";
  case 405:
    return "Method Not Allowed";
  case 408:
    return "Request Timeout";
  case 409:
    return "Conflict";
  case 411:
    return "Length Required";
  case 412:
    return "Precondition Failed";
  case 413:
    return "Payload Too Large";
  case 415:
    return "Unsupported Media Type";
  case 422:
    return "Unprocessable Entity";
  case 429:
    return "Too Many Requests";
  case 431:
    return "Request Header Fields Too Large";
  case 500:
    return "Internal Server Error";
  case 501:
    return "Not Implemented";
  case 503:
    return "Service Unavailable";
  case 504:
    return "Gateway Timeout";
  case 507:
    return "Insufficient Storage";
  default:
    return "Unknown";
  }
}

} // namespace leptond::http
