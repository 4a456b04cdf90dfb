#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace roles {

/// A stored record that is not what this program writes: names the record and
/// the field.
class record_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Reads the fields of one JSON object and lets nothing pass: a missing field,
/// another type, a field nobody asked for are all `record_error`.
class record_reader {
public:
  /// @param origin names the record in errors
  record_reader(nlohmann::json object, std::string origin);

  static record_reader parse(std::string_view text, std::string origin);

  std::string text(const char* field);
  int64_t number(const char* field); ///< 0 or more
  double real(const char* field);
  bool flag(const char* field);
  nlohmann::json object(const char* field);
  nlohmann::json array(const char* field);
  std::vector<std::string> texts(const char* field);

  /// For what may be left out.
  std::optional<std::string> text_if(const char* field);
  std::optional<double> real_if(const char* field); ///< also null is none
  std::optional<nlohmann::json> object_if(const char* field);

  /// Call last. @throws record_error for a field that was not read.
  void done() const;

private:
  nlohmann::json take(const char* field);
  std::optional<nlohmann::json> take_if(const char* field);
  [[noreturn]] void fail(const char* field, const char* expected) const;

  nlohmann::json object_;
  std::string origin_;
};

/// Compact text; bytes that are not UTF-8 become U+FFFD instead of an error.
std::string dump(const nlohmann::json& value);

} // namespace roles
