// What a request brings: its target, routed and decoded, and its JSON body.
// The first line of the input is the target, the rest is the body.

#include <leptond/core/text.hpp>
#include <leptond/http/json.hpp>
#include <leptond/http/origin.hpp>
#include <leptond/http/router.hpp>

#include <cstdint>
#include <cstdlib>

namespace {

using namespace leptond;

const http::router& routes() {
  static const auto table = [] {
    const http::handler none = [](const auto&, const auto&) {};
    http::router r;
    r.add("GET", "/api/v1/jobs/{id}", none);
    r.add("POST", "/api/v1/jobs/{id}/cancel", none);
    r.add("GET", "/{a}/{b}/{c}/x", none);
    return r;
  }();
  return table;
}

void must(bool good) {
  if (!good)
    std::abort();
}

void try_target(std::string_view text) {
  const auto target = http::parse_target(text);
  if (!target)
    return;
  for (const auto& segment : target->segments) {
    must(!first_invalid_utf8(segment));
    must(http::percent_decode(http::percent_encode(segment), false) == segment);
  }
  for (const auto& [name, value] : target->query)
    must(!first_invalid_utf8(name) && !first_invalid_utf8(value));
  const auto found = routes().find("GET", target->segments);
  must(!found.found || !found.params.empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto end = std::min(input.find('\n'), input.size());
  try_target(input.substr(0, end));
  http::refuse_origin(input.substr(0, end), input, {});
  const auto body = input.substr(std::min(end + 1, input.size()));
  try {
    const auto document = http::parse_object(body);
    must(nlohmann::json::accept(http::json_response(document).body));
  } catch (const http::http_error& error) {
    must(!first_invalid_utf8(error.what()));
  }
  return 0;
}
