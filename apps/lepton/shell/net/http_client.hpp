#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lepton_shell {

/// Where and how to reach the nodes.
struct client_options {
  std::vector<std::string> urls =
    {};                         ///< tried in turn, the last good one first
  std::string token = {};       ///< sent as bearer token, empty for none
  double timeout_s = 30;        ///< per request, without waits and transfers
  double connect_timeout_s = 3; ///< per URL, at most `timeout_s`
};

using query_list = std::vector<std::pair<std::string, std::string>>;

/// What to send. A body comes from `body`, or from `read` if that is set.
struct http_request {
  std::string method = "GET";
  std::string path;      ///< begins with `/`, already percent-encoded
  query_list query = {}; ///< encoded by the client
  std::string body = {};
  std::string content_type = "application/json";
  /// Fills at most `n` bytes from the place `at`; returns how many, 0 at the
  /// end. Called again from 0 for another URL. May throw.
  std::function<size_t(char* to, size_t n, uint64_t at)> read = {};
  uint64_t body_bytes = 0; ///< with `read`
  /// Takes the bytes of a 2xx answer as they come. May throw.
  std::function<void(std::string_view)> write = {};
  /// Bytes moved so far, and of how many; 0 when unknown.
  std::function<void(uint64_t, uint64_t)> progress = {};
  double wait_s = 0;   ///< how long the server may make us wait on purpose
  double within_s = 0; ///< other time limit than the client's, 0 for that
};

/// An answer. Names of headers are in small letters.
struct http_response {
  int status = 0;
  std::map<std::string, std::string> headers = {};
  std::string body = {}; ///< empty if `write` took it
};

/// Speaks to the nodes over kept-alive connections (libcurl). One thread at a
/// time.
class http_client {
public:
  /// @throws usage_error for a URL that is none, or not http or https
  explicit http_client(client_options options);
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// Sends and waits for the answer, whatever its status is.
  /// @throws unreachable when no URL answers in time, or the connection breaks
  /// and nothing tells that a second try does no harm; interrupted on ^C;
  /// refusal for an answer of more than 64 MiB without `write`
  http_response send(const http_request& request);

  /// The URL that answered last, or the first.
  const std::string& url() const;

  const client_options& options() const { return options_; }

private:
  struct handle;

  http_response send_to(const std::string& url, const http_request& request);

  client_options options_;
  size_t current_ = 0;
  std::unique_ptr<handle> handle_;
};

/// Returns `text` with all but letters, digits and `-._~` as `%XX`.
std::string percent_encode(std::string_view text);

} // namespace lepton_shell
