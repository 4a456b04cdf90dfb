#include <leptond/api/tree_json.hpp>

#include <algorithm>

namespace leptond::api {

namespace {

using nlohmann::json;

json common_json(const actors::tree_node& node) {
  auto& x = node.self;
  json result{{"path", x.path},
              {"kind", to_string(x.kind)},
              {"carrier", to_string(x.runs_on)},
              {"state", state_word(x.state)},
              {"incarnation", x.incarnation},
              {"restarts", x.restarts}};
  if (x.pid != 0)
    result["pid"] = x.pid;
  if (x.lost > 0)
    result["lost"] = x.lost;
  return result;
}

void add_ps(const actors::tree_node& node, json& to) {
  auto row = common_json(node);
  row["mailbox"] = node.self.mailbox;
  row["uptime_s"] = node.self.uptime_s;
  if (!node.self.last_exit.empty())
    row["last_exit"] = node.self.last_exit;
  to.push_back(std::move(row));
  for (auto& child : node.children)
    add_ps(child, to);
}

} // namespace

std::string state_word(const std::string& state) {
  if (state == "starting" || state == "killing" || state == "stopping")
    return "restarting";
  return state;
}

json tree_json(const actors::tree_node& node) {
  auto result = common_json(node);
  if (!node.how.empty())
    result["strategy"] = node.how;
  result["children"] = json::array();
  for (auto& child : node.children)
    result["children"].push_back(tree_json(child));
  return result;
}

json ps_json(const actors::tree_node& node) {
  auto result = json::array();
  add_ps(node, result);
  return result;
}

uint64_t restarts_in(const actors::tree_node& node) {
  auto n = node.self.restarts;
  for (auto& child : node.children)
    n += restarts_in(child);
  return n;
}

namespace {

bool runs(const actors::tree_node& node) {
  return node.self.state == "running" || node.self.state == "suspended";
}

std::string role_not_ready(const actors::tree_node& node) {
  if (!runs(node))
    return node.self.path + " is " + node.self.state;
  auto& children = node.children;
  if (node.self.id == "jobs")
    return {};
  if (node.self.id == "workers")
    return std::any_of(children.begin(), children.end(), runs)
             ? std::string{}
             : "no compute worker runs";
  for (auto& child : children)
    if (auto why = role_not_ready(child); !why.empty())
      return why;
  return {};
}

} // namespace

std::string not_ready(const actors::tree_node& root) {
  for (auto& child : root.children)
    if (child.self.id != "examples")
      if (auto why = role_not_ready(child); !why.empty())
        return why;
  return {};
}

const actors::tree_node* find(const actors::tree_node& node,
                              std::string_view path) {
  if (path.empty())
    return &node;
  auto slash = path.find('/');
  auto id = path.substr(0, slash);
  for (auto& child : node.children)
    if (child.self.id == id)
      return find(child, slash == std::string_view::npos
                           ? std::string_view{}
                           : path.substr(slash + 1));
  return nullptr;
}

} // namespace leptond::api
