#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leptond::http {

/// Names and values of a query, decoded, in the order they came.
using query_list = std::vector<std::pair<std::string, std::string>>;

/// Header fields; names in lower case.
using header_list = std::vector<std::pair<std::string, std::string>>;

/// An answer that a handler may throw: status and the text of `error`.
class http_error : public std::runtime_error {
public:
  http_error(int status, const std::string& text)
    : std::runtime_error(text), status_(status) {}

  int status() const noexcept { return status_; }

private:
  int status_;
};

/// A request whose header, and body unless it streams, is complete. A plain
/// value: it may be kept, copied and sent to an actor. All texts but `body`
/// are valid UTF-8.
struct request {
  std::string method; ///< `GET`; `HEAD` comes as `GET`
  std::string path;   ///< as sent, without query
  std::string route;  ///< the pattern that matched
  std::map<std::string, std::string, std::less<>> params; ///< of the pattern
  query_list query;
  header_list headers;
  std::string body; ///< empty for a route that streams
  std::optional<std::uint64_t> content_length; ///< as announced
  std::string peer;                            ///< `127.0.0.1:53124`

  /// @param name in lower case
  /// @returns the first field of that name, or nothing
  std::optional<std::string> header(std::string_view name) const;

  /// @returns the first value of that name, or nothing
  std::optional<std::string> find_query(std::string_view name) const;

  /// @throws http_error 400 naming the parameter when it is missing or empty
  std::string require_query(std::string_view name) const;

  /// @throws http_error 400 when it is there and no integer from `low` to
  /// `high`
  std::int64_t query_integer(std::string_view name,
                             std::int64_t low,
                             std::int64_t high,
                             std::int64_t fallback) const;

  /// @throws http_error 400 when the query has another parameter
  void allow_query(std::initializer_list<std::string_view> names) const;
};

/// An answer. The server adds Content-Length, Date, Server and Connection.
struct response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  header_list headers; ///< further ones, as `{"Retry-After", "1"}`
};

/// `{"error": text}`; bytes that are not UTF-8 are replaced.
response error_response(int status, std::string_view text);

/// `Not Found`; `Unknown` for numbers that have no name.
std::string_view reason_phrase(int status);

} // namespace leptond::http
