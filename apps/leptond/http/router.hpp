#pragma once

#include <leptond/http/responder.hpp>
#include <leptond/http/target.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leptond::http {

/// Answers a request, now or later. Runs on a server thread: must not block.
/// What it throws becomes the answer: `http_error` as it says, others a 500.
using handler = std::function<void(request, responder)>;

/// The same, with a body that is read in parts.
using streaming_handler = std::function<void(request, body_reader, responder)>;

/// One method of one pattern.
struct route {
  std::string method;
  std::string pattern;                     ///< `/api/v1/jobs/{id}`
  std::vector<std::string> segments;       ///< of the pattern
  std::optional<std::uint64_t> body_limit; ///< none: the server's default
  handler whole;                           ///< one of these two is set
  streaming_handler parts;
};

/// What a target leads to.
struct match {
  std::shared_ptr<const route> found;
  std::map<std::string, std::string, std::less<>> params;
  /// The methods that the path takes; without `found`: empty is 404, else 405.
  std::vector<std::string> allowed;
};

/// The table of routes. Filled before the server starts, then only read.
class router {
public:
  /// @param pattern segments between slashes; `{name}` takes any one segment,
  /// after decoding (so `%2F` may be in it). Fixed segments win over these.
  /// @param body_limit bytes
  /// @throws std::invalid_argument for a pattern without leading slash or one
  /// that is there already
  void add(std::string_view method,
           std::string_view pattern,
           handler h,
           std::optional<std::uint64_t> body_limit = std::nullopt);

  void add_streaming(std::string_view method,
                     std::string_view pattern,
                     streaming_handler h,
                     std::uint64_t body_limit);

  /// @param method `HEAD` finds the route of `GET`
  match find(std::string_view method,
             const std::vector<std::string>& segments) const;

  /// Method and pattern of each route, in the order of addition.
  std::vector<std::pair<std::string, std::string>> list() const;

private:
  void insert(route r);

  std::vector<std::shared_ptr<const route>> routes_;
};

} // namespace leptond::http
