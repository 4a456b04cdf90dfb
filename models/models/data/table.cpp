#include <models/data/table.hpp>

#include <cctype>
#include <stdexcept>

namespace models {

namespace {

constexpr std::array policy_names{"error", "drop", "mean", "median", "mode"};

bool is_delimiter(char c) {
  auto u = static_cast<unsigned char>(c);
  if (c == '\t' || c == ' ')
    return true;
  return u > ' ' && u < 127 && std::isalnum(u) == 0 && c != '"' && c != '.'
         && c != '+' && c != '-' && c != '?';
}

} // namespace

std::string to_string(missing_policy policy) {
  return policy_names.at(static_cast<size_t>(policy));
}

missing_policy missing_policy_from(const std::string& text) {
  for (size_t i = 0; i < policy_names.size(); ++i)
    if (text == policy_names[i])
      return static_cast<missing_policy>(i);
  throw std::invalid_argument("missing: '" + text
                              + "' is none of error, drop, mean, median, mode");
}

void check(const table_options& options) {
  if (!is_delimiter(options.delimiter))
    throw std::invalid_argument("delimiter: expected one ASCII character that "
                                "is no letter, digit, quote, '.', '+', '-' or "
                                "'?', for example , ; | or a tab");
  if (options.max_line < 1 || options.max_line > (1u << 30))
    throw std::invalid_argument("max_line: expected 1 to 1073741824, got "
                                + std::to_string(options.max_line));
  if (options.classes == 1 || options.classes > 1000)
    throw std::invalid_argument("classes: expected 2 to 1000, got "
                                + std::to_string(options.classes));
  if (options.label.empty() && options.labels != label_need::none)
    throw std::invalid_argument("label: expected last, first or a column's "
                                "name, got nothing");
  if (options.max_cells == 0 || options.max_bytes == 0)
    throw std::invalid_argument(
      "max_cells and max_bytes: expected more than 0");
}

} // namespace models
