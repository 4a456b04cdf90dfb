#pragma once

#include <shell/net/http_client.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace lepton_shell {

/// JSON that keeps the order of members as the server sent it.
using json = nlohmann::ordered_json;

/// The node's JSON API: statuses become exceptions, bodies become values. One
/// thread at a time.
///
/// Every function throws `refusal` for a status of 400 and above (with the
/// server's own message) and for an answer that is not JSON, `unreachable` when
/// no node answers, `interrupted` on ^C.
class api_client {
public:
  explicit api_client(client_options options) : http_(std::move(options)) {}

  json get(std::string_view path, query_list query = {}, double wait_s = 0);
  json post(std::string_view path,
            const json& body = json::object(),
            double wait_s = 0);
  json remove(std::string_view path, query_list query);

  /// Sends any request below `/api/v1`; the answer has a status below 400.
  http_response send(http_request request);

  /// The same, and parses the answer.
  json send_json(http_request request);

  const http_client& http() const { return http_; }

private:
  http_client http_;
};

/// Returns the message of an error answer: its `error` member, or what can be
/// said about it.
std::string error_text(const http_response& response);

/// Returns a JSON text for a human, invalid UTF-8 replaced.
std::string dump(const json& value, int indent = -1);

} // namespace lepton_shell
