#include <models/core/parameters.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace models {

namespace {

using nlohmann::json;

/// Numbers as people write them: 0.2, 1e-3, 65536.
std::string number_text(double x) {
  char buffer[40];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), x).ptr;
  std::string text(buffer, end);
  if (x == std::floor(x) && std::abs(x) < 1e16)
    text = std::to_string(static_cast<int64_t>(x));
  return text;
}

bool in_range(const parameter& row, double x) {
  auto low = row.above_min ? x > row.min : x >= row.min;
  auto high = row.below_max ? x < row.max : x <= row.max;
  return low && high;
}

bool good_integer(const parameter& row, const json& value) {
  return value.is_number_integer() && in_range(row, value.get<double>());
}

bool good_list(const parameter& row, const json& value) {
  if (!value.is_array() || value.empty() || value.size() > row.max_items)
    return false;
  return std::all_of(value.begin(), value.end(),
                     [&](const json& item) { return good_integer(row, item); });
}

bool good_items(const parameter& row, const json& value) {
  if (!value.is_array() || value.empty() || value.size() > row.max_items)
    return false;
  return std::all_of(value.begin(), value.end(), [&](const json& item) {
    return item.is_string() && row.accepts(item.get_ref<const std::string&>());
  });
}

bool good(const parameter& row, const json& value) {
  switch (row.type) {
  case parameter_type::integer:
    return good_integer(row, value);
  case parameter_type::real:
    return value.is_number() && std::isfinite(value.get<double>())
           && in_range(row, value.get<double>());
  case parameter_type::integers:
    return good_list(row, value);
  case parameter_type::flag:
    return value.is_boolean();
  case parameter_type::items:
    return good_items(row, value);
  case parameter_type::word:
    break;
  }
  if (!value.is_string())
    return false;
  auto& word = value.get_ref<const std::string&>();
  return std::find(row.words.begin(), row.words.end(), word) != row.words.end();
}

std::string shown(const json& value) {
  auto text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() <= 60)
    return text;
  size_t cut = 57; // not inside a character
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80)
    --cut;
  return text.substr(0, cut) + "...";
}

std::string kind_of(const parameter& row) {
  switch (row.type) {
  case parameter_type::integer:
    return "an integer, ";
  case parameter_type::real:
    return "a number, ";
  case parameter_type::integers:
    return "a list of integers, ";
  case parameter_type::flag:
    return "";
  case parameter_type::items:
    return "a list, each ";
  case parameter_type::word:
    break;
  }
  return "one of ";
}

json number_from(const parameter& row, std::string_view text) {
  auto end = text.data() + text.size();
  if (row.type != parameter_type::real) {
    int64_t whole = 0;
    auto [stop, error] = std::from_chars(text.data(), end, whole);
    if (error == std::errc{} && stop == end)
      return whole;
    return std::string(text);
  }
  double x = 0;
  auto [stop, error] = std::from_chars(text.data(), end, x);
  if (error == std::errc{} && stop == end)
    return x;
  return std::string(text);
}

json list_from(const parameter& row, std::string_view text) {
  auto list = json::array();
  while (true) {
    auto comma = text.find(',');
    auto item = text.substr(0, comma);
    list.push_back(row.type == parameter_type::items ? json(std::string(item))
                                                     : number_from(row, item));
    if (comma == std::string_view::npos)
      return list;
    text.remove_prefix(comma + 1);
  }
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      auto change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

} // namespace

const parameter* find_parameter(parameter_table table, std::string_view name) {
  auto same = [&](const parameter& row) {
    return std::equal(
      row.name.begin(), row.name.end(), name.begin(), name.end(),
      [](char a, char b) { return a == b || (a == '_' && b == '-'); });
  };
  auto row = std::find_if(table.begin(), table.end(), same);
  return row == table.end() ? nullptr : &*row;
}

std::string flag_of(const parameter& row) {
  std::string flag = "--" + std::string(row.name);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string range_of(const parameter& row) {
  std::string text;
  if (row.type == parameter_type::flag)
    return "true or false";
  if (row.type == parameter_type::items)
    return std::string(row.range) + ", 1 to " + std::to_string(row.max_items)
           + " of them";
  if (row.type == parameter_type::word) {
    for (auto word : row.words)
      text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
  }
  text = number_text(row.min) + (row.above_min ? " < " : " <= ")
         + std::string(row.type == parameter_type::real ? "F" : "N")
         + (row.below_max ? " < " : " <= ") + number_text(row.max);
  if (row.type == parameter_type::integers)
    text += ", 1 to " + std::to_string(row.max_items) + " of them";
  return text;
}

std::vector<std::string> check(parameter_table table, const json& params) {
  if (params.is_null())
    return {};
  if (!params.is_object())
    return {"params: expected an object, got " + shown(params)};
  std::vector<std::string> errors;
  std::vector<std::string_view> names;
  for (auto& row : table)
    names.push_back(row.name);
  for (auto& [name, value] : params.items()) {
    auto row = std::find(names.begin(), names.end(), name);
    if (row == names.end()) {
      auto near = nearest(name, names);
      errors.push_back("unknown parameter " + shown(json(name))
                       + (near.empty()
                            ? std::string{}
                            : ", did you mean " + std::string(near) + "?"));
      continue;
    }
    auto& known = table[static_cast<size_t>(row - names.begin())];
    if (!good(known, value))
      errors.push_back(name + ": expected " + kind_of(known) + range_of(known)
                       + ", got " + shown(value));
  }
  return errors;
}

json parse_parameter(const parameter& row, std::string_view text) {
  if (row.type == parameter_type::flag)
    return true;
  json value = std::string(text);
  if (row.type == parameter_type::integers || row.type == parameter_type::items)
    value = list_from(row, text);
  else if (row.type != parameter_type::word)
    value = number_from(row, text);
  if (good(row, value))
    return value;
  throw std::invalid_argument(flag_of(row) + ": expected " + kind_of(row)
                              + range_of(row) + ", got "
                              + shown(json(std::string(text))));
}

json complete(parameter_table table, const json& params) {
  auto errors = check(table, params);
  if (!errors.empty())
    throw std::invalid_argument(errors.front());
  auto all = params.is_null() ? json::object() : params;
  for (auto& row : table) {
    if (!all.contains(row.name))
      all[std::string(row.name)] = json::parse(row.default_json);
  }
  return all;
}

std::string_view nearest(std::string_view word,
                         std::span<const std::string_view> candidates) {
  std::string_view best;
  auto least = word.size() / 3 + 1;
  if (word.size() > 64) // a typing error is not that long
    return best;
  for (auto candidate : candidates) {
    auto distance = edit_distance(word, candidate);
    if (distance < least || (best.empty() && distance == least)) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

} // namespace models
