#include <leptond/config/toml_reader.hpp>
#include <leptond/config/toml_screen.hpp>
#include <leptond/core/text.hpp>

#include <algorithm>
#include <sstream>
#include <toml++/toml.h>

namespace leptond {

namespace {

text_place place_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

/// A part of a dotted key as one would write it.
std::string key_part(std::string_view key) {
  constexpr std::string_view bare = "abcdefghijklmnopqrstuvwxyz"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  if (!key.empty() && key.find_first_not_of(bare) == std::string_view::npos)
    return std::string{key};
  return in_quotes(key);
}

template <class T>
std::string as_written(const T& node) {
  std::ostringstream out;
  out << node;
  return out.str();
}

raw_value raw_of(const toml::node& node) {
  switch (node.type()) {
  case toml::node_type::string: {
    const auto& text = node.as_string()->get();
    return {text, in_quotes(text)};
  }
  case toml::node_type::integer: {
    const auto number = node.as_integer()->get();
    return {number, std::to_string(number)};
  }
  case toml::node_type::boolean: {
    const auto flag = node.as_boolean()->get();
    return {flag, flag ? "true" : "false"};
  }
  case toml::node_type::array: {
    raw_value::list list;
    for (const auto& element : *node.as_array())
      list.push_back(raw_of(element));
    return {std::move(list), "a list"};
  }
  case toml::node_type::floating_point:
    return {{}, as_written(*node.as_floating_point())};
  case toml::node_type::table:
    return {{}, "a table"};
  default:
    return {{}, "a date or time"};
  }
}

void collect(const toml::table& table,
             const std::string& prefix,
             std::vector<config_entry>& out) {
  for (const auto& [key, node] : table) {
    auto path = prefix + key_part(key.str());
    const auto* inner = node.as_table();
    if (inner != nullptr && is_section(path)) {
      collect(*inner, path + '.', out);
      continue;
    }
    config_entry entry;
    entry.unknown_table = inner != nullptr && !find_key(path);
    entry.path = std::move(path);
    entry.value = raw_of(node);
    entry.key_at = place_of(key.source());
    entry.value_at = place_of(node.source());
    out.push_back(std::move(entry));
  }
}

bool earlier(const config_entry& a, const config_entry& b) {
  return std::pair{a.key_at.line, a.key_at.column}
         < std::pair{b.key_at.line, b.key_at.column};
}

/// The parser's words, made one line that reads on after a place.
std::string plain(std::string_view description) {
  constexpr std::string_view noise = "Error while parsing ";
  if (description.starts_with(noise))
    description.remove_prefix(noise.size());
  return printable(description);
}

} // namespace

toml_text read_toml(std::string_view text) {
  toml_text out;
  if (auto problem = screen_toml(text)) {
    out.syntax_error = problem->what;
    out.error_at = problem->at;
    return out;
  }
  try {
    const auto table = toml::parse(text);
    collect(table, {}, out.entries);
  } catch (const toml::parse_error& error) {
    out.syntax_error = plain(error.description());
    out.error_at = place_of(error.source());
  } catch (const std::exception& error) {
    out.syntax_error = plain(error.what());
  }
  std::stable_sort(out.entries.begin(), out.entries.end(), earlier);
  return out;
}

} // namespace leptond
