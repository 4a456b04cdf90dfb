#pragma once

#include <shell/net/api.hpp>
#include <shell/repl/completion.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace lepton_shell {

/// Names for the completion, asked from the node with little patience and kept
/// for two seconds. Never fails: no node, no names.
class node_names {
public:
  explicit node_names(api_client& api) : api_(api) {}

  std::vector<std::string> names(hint h);
  std::vector<std::string> messages(const std::string& path);
  name_source source();

  /// Returns the node's name, empty when it does not answer.
  std::string node();

private:
  json ask(const std::string& path, query_list query);
  std::vector<std::string> fetch(hint h);

  api_client& api_;
  std::map<hint, std::pair<double, std::vector<std::string>>> known_;
};

} // namespace lepton_shell
