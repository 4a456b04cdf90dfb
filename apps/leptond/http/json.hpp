#pragma once

#include <leptond/http/message.hpp>

#include <nlohmann/json.hpp>

namespace leptond::http {

/// Reads a request's body as a JSON object nested at most 64 deep.
/// @throws http_error 400 with line and column of a syntax error
nlohmann::json parse_object(std::string_view body);

/// An answer with this document; texts that are not UTF-8 are repaired.
response json_response(const nlohmann::json& document, int status = 200);

} // namespace leptond::http
