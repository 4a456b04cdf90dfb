#include <leptond/config/keys.hpp>
#include <leptond/config/units.hpp>
#include <leptond/core/text.hpp>

#include <algorithm>
#include <set>

namespace leptond {

namespace {

constexpr std::string_view subtree_prefix = "supervision.";
constexpr std::string_view any_subtree = "supervision.PATH.";

bool known_subtree(std::string_view path) {
  const auto all = supervision_subtrees();
  return std::find(all.begin(), all.end(), path) != all.end();
}

const key_info* find_plain(std::string_view path) {
  const auto keys = config_keys();
  const auto same = [path](const key_info& key) { return key.path == path; };
  const auto found = std::find_if(keys.begin(), keys.end(), same);
  return found == keys.end() ? nullptr : &*found;
}

std::string parent_of(std::string_view path) {
  const auto dot = path.rfind('.');
  return std::string{path.substr(0, dot == path.npos ? 0 : dot)};
}

std::string leaf_of(std::string_view path) {
  const auto dot = path.rfind('.');
  return std::string{path.substr(dot == path.npos ? 0 : dot + 1)};
}

std::vector<std::string> expand_paths() {
  std::vector<std::string> all;
  for (const auto& key : config_keys()) {
    if (!key.path.starts_with(any_subtree)) {
      all.emplace_back(key.path);
      continue;
    }
    for (const auto subtree : supervision_subtrees()) {
      auto path = std::string{subtree_prefix};
      if (!subtree.empty())
        path += std::string{subtree} + '.';
      all.push_back(path + leaf_of(key.path));
    }
  }
  return all;
}

const std::set<std::string, std::less<>>& all_sections() {
  static const auto sections = [] {
    std::set<std::string, std::less<>> found;
    for (const auto& path : all_key_paths())
      for (auto up = parent_of(path); !up.empty(); up = parent_of(up))
        found.insert(up);
    return found;
  }();
  return sections;
}

/// The key of the same last name elsewhere, if there is exactly one.
std::optional<std::string> namesake(std::string_view path) {
  std::optional<std::string> found;
  for (const auto& key : config_keys()) {
    if (key.path.starts_with(any_subtree) || leaf_of(key.path) != leaf_of(path))
      continue;
    if (found)
      return std::nullopt;
    found = std::string{key.path};
  }
  return found;
}

std::string keys_below(std::string_view section) {
  std::vector<std::string> names;
  for (const auto& path : all_key_paths())
    if (parent_of(path) == section)
      names.push_back(leaf_of(path));
  return join(names);
}

std::string top_sections() {
  std::vector<std::string> names;
  for (const auto& section : all_sections())
    if (section.find('.') == std::string::npos)
      names.push_back('[' + section + ']');
  return join(names);
}

} // namespace

found_key find_key(std::string_view path) {
  if (!path.starts_with(subtree_prefix))
    return {find_plain(path), {}};
  const auto leaf = leaf_of(path);
  auto subtree = parent_of(path);
  subtree.erase(0, std::min(subtree.size(), subtree_prefix.size()));
  if (!known_subtree(subtree))
    return {};
  return {find_plain(std::string{any_subtree} + leaf), subtree};
}

bool is_section(std::string_view path) {
  return all_sections().contains(path);
}

const std::vector<std::string>& all_key_paths() {
  static const auto paths = expand_paths();
  return paths;
}

std::string unknown_key_text(std::string_view path) {
  const auto what = std::string{"unknown key"};
  auto candidates = all_key_paths();
  candidates.insert(candidates.end(), all_sections().begin(),
                    all_sections().end());
  auto meant = nearest(path, candidates);
  const auto other = namesake(path); // the right key in the wrong section
  if (other && (!meant || leaf_of(*meant) != leaf_of(path)))
    meant = other;
  if (meant)
    return what + ", did you mean " + *meant + '?';
  const auto section = parent_of(path);
  if (is_section(section) && !keys_below(section).empty())
    return what + "; the keys of [" + section + "] are " + keys_below(section);
  return what + "; the sections are " + top_sections();
}

std::string expectation(const key_info& key) {
  const auto range = [&key](auto text) {
    return text(key.low) + " to " + text(key.high);
  };
  switch (key.kind) {
  case key_kind::text:
    return "a text in quotes";
  case key_kind::name:
    return "a name of 1 to 63 characters from a-z, 0-9 and - (- not at its "
           "ends)";
  case key_kind::path:
    return "the name of a file or directory in quotes";
  case key_kind::integer:
    return "an integer from "
           + range([](std::int64_t n) { return std::to_string(n); });
  case key_kind::boolean:
    return "true or false";
  case key_kind::duration:
    return "a duration such as \"250ms\", \"1.5s\" or \"2min\", from "
           + range(duration_text);
  case key_kind::size:
    return "a size such as \"64KiB\" or \"1MiB\", from " + range(size_text);
  case key_kind::address:
    return "an address such as \"127.0.0.1:7400\" or \"[::1]:7400\" (port 0: "
           "any free one)";
  case key_kind::text_list:
    return "a list of texts such as [\"a\", \"b\"]";
  case key_kind::peer_list:
    return "a list of addresses such as [\"10.0.0.1:7500\"]";
  case key_kind::choice:
    return "one of " + join(key.choices);
  case key_kind::choice_list:
    return "a list of some of " + join(key.choices) + ", each once";
  }
  return {};
}

} // namespace leptond
