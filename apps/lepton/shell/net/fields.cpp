#include <shell/net/fields.hpp>

#include <cstdio>
#include <ctime>
#include <limits>

namespace lepton_shell {

namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

double parse_iso(const std::string& text) {
  std::tm parts{};
  double seconds = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%lf", &parts.tm_year,
                  &parts.tm_mon, &parts.tm_mday, &parts.tm_hour, &parts.tm_min,
                  &seconds)
      != 6)
    return no_number;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return static_cast<double>(timegm(&parts)) + seconds;
}

} // namespace

const json& member(const json& object, std::string_view name) {
  static const json null;
  if (!object.is_object())
    return null;
  auto found = object.find(std::string(name));
  return found == object.end() ? null : *found;
}

std::string plain(const json& value) {
  if (value.is_null())
    return {};
  return value.is_string() ? value.get<std::string>() : dump(value);
}

std::string text_of(const json& object, std::string_view name) {
  return plain(member(object, name));
}

double number_of(const json& object, std::string_view name) {
  auto& value = member(object, name);
  return value.is_number() ? value.get<double>() : no_number;
}

std::string count_of(const json& object, std::string_view name) {
  auto& value = member(object, name);
  return value.is_number() ? dump(value) : std::string{};
}

std::string joined(const json& list, std::string_view separator) {
  std::string text;
  for (auto& item : texts_of(list))
    text += (text.empty() ? "" : std::string(separator)) + item;
  return text;
}

std::vector<std::string> texts_of(const json& list) {
  std::vector<std::string> texts;
  if (list.is_array()) {
    for (auto& item : list)
      texts.push_back(plain(item));
  }
  return texts;
}

std::vector<std::vector<double>> matrix_of(const json& rows) {
  std::vector<std::vector<double>> matrix;
  if (!rows.is_array())
    return matrix;
  for (auto& row : rows) {
    if (!row.is_array() || row.size() != rows.size())
      continue;
    auto& numbers = matrix.emplace_back();
    for (auto& x : row)
      numbers.push_back(x.is_number() ? x.get<double>() : no_number);
  }
  return matrix;
}

double time_of(const json& value) {
  if (value.is_number())
    return value.get<double>();
  return value.is_string() ? parse_iso(value.get<std::string>()) : no_number;
}

} // namespace lepton_shell
