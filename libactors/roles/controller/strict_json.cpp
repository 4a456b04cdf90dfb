#include <roles/controller/strict_json.hpp>

namespace roles {

using nlohmann::json;

record_reader record_reader::parse(std::string_view text, std::string origin) {
  return {json::parse(text, nullptr, false), std::move(origin)};
}

record_reader::record_reader(json object, std::string origin)
  : object_(std::move(object)), origin_(std::move(origin)) {
  if (!object_.is_object())
    throw record_error(origin_ + ": expected a JSON object");
}

void record_reader::fail(const char* field, const char* expected) const {
  throw record_error(origin_ + ": '" + field + "': expected " + expected);
}

std::optional<json> record_reader::take_if(const char* field) {
  auto it = object_.find(field);
  if (it == object_.end())
    return std::nullopt;
  auto value = std::move(*it);
  object_.erase(it);
  return value;
}

json record_reader::take(const char* field) {
  auto value = take_if(field);
  if (!value)
    fail(field, "it to be there");
  return std::move(*value);
}

std::string record_reader::text(const char* field) {
  auto value = take(field);
  if (!value.is_string())
    fail(field, "text");
  return value.get<std::string>();
}

int64_t record_reader::number(const char* field) {
  auto value = take(field);
  if (!value.is_number_integer() || value.get<int64_t>() < 0)
    fail(field, "an integer of 0 or more");
  return value.get<int64_t>();
}

double record_reader::real(const char* field) {
  auto value = take(field);
  if (!value.is_number())
    fail(field, "a number");
  return value.get<double>();
}

bool record_reader::flag(const char* field) {
  auto value = take(field);
  if (!value.is_boolean())
    fail(field, "true or false");
  return value.get<bool>();
}

json record_reader::object(const char* field) {
  auto value = take(field);
  if (!value.is_object())
    fail(field, "an object");
  return value;
}

json record_reader::array(const char* field) {
  auto value = take(field);
  if (!value.is_array())
    fail(field, "a list");
  return value;
}

std::vector<std::string> record_reader::texts(const char* field) {
  std::vector<std::string> out;
  for (auto& item : array(field)) {
    if (!item.is_string())
      fail(field, "a list of texts");
    out.push_back(item.get<std::string>());
  }
  return out;
}

std::optional<std::string> record_reader::text_if(const char* field) {
  if (!object_.contains(field))
    return std::nullopt;
  return text(field);
}

std::optional<double> record_reader::real_if(const char* field) {
  auto value = take_if(field);
  if (!value || value->is_null())
    return std::nullopt;
  if (!value->is_number())
    fail(field, "a number");
  return value->get<double>();
}

std::optional<json> record_reader::object_if(const char* field) {
  if (!object_.contains(field))
    return std::nullopt;
  return object(field);
}

void record_reader::done() const {
  if (!object_.empty())
    throw record_error(origin_ + ": unknown field '" + object_.begin().key()
                       + "'");
}

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace roles
