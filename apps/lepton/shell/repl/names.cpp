#include <shell/core/errors.hpp>
#include <shell/net/fields.hpp>
#include <shell/repl/names.hpp>
#include <shell/text/units.hpp>

namespace lepton_shell {

namespace {

constexpr double patience_s = 1;
constexpr double keep_s = 2;
constexpr int deepest = 64;

void add_paths(const json& node, std::vector<std::string>& paths, int depth) {
  auto path = text_of(node, "path");
  if (path.empty() || depth > deepest)
    return;
  paths.push_back(path);
  // the node's own name may be left out
  if (auto slash = path.find('/'); slash != std::string::npos)
    paths.push_back(path.substr(slash + 1));
  for (auto& child : member(node, "children"))
    add_paths(child, paths, depth + 1);
}

std::vector<std::string> column(const json& list, const char* name) {
  std::vector<std::string> texts;
  for (auto& row : list)
    texts.push_back(text_of(row, name));
  return texts;
}

} // namespace

json node_names::ask(const std::string& path, query_list query) {
  try {
    http_request request;
    request.path = path;
    request.query = std::move(query);
    request.within_s = patience_s;
    return api_.send_json(std::move(request));
  } catch (const failure&) {
    return {};
  }
}

std::vector<std::string> node_names::fetch(hint h) {
  switch (h) {
  case hint::actor: {
    std::vector<std::string> paths;
    add_paths(ask("/tree", {}), paths, 0);
    return paths;
  }
  case hint::stored:
    return column(ask("/store/list", {}), "name");
  case hint::model:
    return column(ask("/models", {}), "name");
  case hint::job:
    return column(ask("/jobs", {}), "id");
  default:
    return {};
  }
}

std::vector<std::string> node_names::names(hint h) {
  auto& [when, list] = known_[h];
  if (now_s() > when + keep_s) {
    list = fetch(h);
    when = now_s();
  }
  return list;
}

std::vector<std::string> node_names::messages(const std::string& path) {
  std::vector<std::string> words;
  auto answer = ask("/actors/describe", {{"path", path}});
  for (auto& m : member(answer, "messages")) {
    auto signature = text_of(m, "signature");
    auto word = signature.substr(0, signature.find_first_of(" (,"));
    if (!word.empty() && word[0] >= 'a' && word[0] <= 'z')
      words.push_back(word);
  }
  return words;
}

name_source node_names::source() {
  return {[this](hint h) { return names(h); },
          [this](const std::string& path) { return messages(path); }};
}

std::string node_names::node() {
  return text_of(ask("/status", {}), "node");
}

} // namespace lepton_shell
