#include <leptond/core/text.hpp>
#include <leptond/http/json.hpp>

namespace leptond::http {

namespace {

constexpr int deepest = 64;

/// `[json.exception.parse_error.101] parse error at line 1, column 5: ...`
std::string without_tag(std::string_view what) {
  if (what.starts_with('['))
    what.remove_prefix(std::min(what.find("] ") + 2, what.size()));
  return "body: " + printable(what);
}

} // namespace

nlohmann::json parse_object(std::string_view body) {
  using json = nlohmann::json;
  // Nothing deep may be built: the library prints documents recursively.
  const auto guard = [](int depth, json::parse_event_t, json&) {
    if (depth > deepest)
      throw http_error(400,
                       "body: nested deeper than " + std::to_string(deepest));
    return true;
  };
  json document;
  try {
    document = json::parse(body, guard);
  } catch (const json::exception& error) {
    throw http_error(400, without_tag(error.what()));
  }
  if (!document.is_object())
    throw http_error(400, "body: expected a JSON object");
  return document;
}

response json_response(const nlohmann::json& document, int status) {
  using handling = nlohmann::json::error_handler_t;
  response out;
  out.status = status;
  out.body = document.dump(-1, ' ', false, handling::replace) + '\n';
  return out;
}

} // namespace leptond::http
