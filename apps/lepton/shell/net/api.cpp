#include <shell/core/errors.hpp>
#include <shell/net/api.hpp>
#include <shell/text/utf8.hpp>

namespace lepton_shell {

namespace {

/// The first words of something that is not JSON.
std::string excerpt(const std::string& body) {
  if (body.empty())
    return "an empty body";
  return '"' + shorten(printable(body.substr(0, 400)), 60) + '"';
}

json parse(const std::string& body, const std::string& from) {
  auto value = json::parse(body, nullptr, false);
  if (value.is_discarded())
    throw refusal(from
                  + " answered something that is not JSON: " + excerpt(body));
  return value;
}

} // namespace

std::string error_text(const http_response& response) {
  auto body = json::parse(response.body, nullptr, false);
  std::string text;
  if (body.is_object() && body.contains("error") && body["error"].is_string())
    text = body["error"].get<std::string>();
  else
    text = "HTTP status " + std::to_string(response.status) + ": "
           + excerpt(response.body);
  auto after = response.headers.find("retry-after");
  if (after != response.headers.end())
    text += " (try again in " + after->second + " s)";
  return text;
}

http_response api_client::send(http_request request) {
  request.path = "/api/v1" + request.path;
  auto response = http_.send(request);
  if (response.status >= 400)
    throw refusal(error_text(response), response.status);
  if (response.status / 100 != 2)
    throw refusal(http_.url() + request.path + " answered with HTTP status "
                  + std::to_string(response.status));
  return response;
}

json api_client::send_json(http_request request) {
  auto from = http_.url() + "/api/v1" + request.path;
  return parse(send(std::move(request)).body, from);
}

json api_client::get(std::string_view path, query_list query, double wait_s) {
  http_request request;
  request.path = path;
  request.query = std::move(query);
  request.wait_s = wait_s;
  return send_json(std::move(request));
}

json api_client::post(std::string_view path, const json& body, double wait_s) {
  http_request request;
  request.method = "POST";
  request.path = path;
  request.body = dump(body);
  request.wait_s = wait_s;
  return send_json(std::move(request));
}

json api_client::remove(std::string_view path, query_list query) {
  http_request request;
  request.method = "DELETE";
  request.path = path;
  request.query = std::move(query);
  return send_json(std::move(request));
}

std::string dump(const json& value, int indent) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

} // namespace lepton_shell
