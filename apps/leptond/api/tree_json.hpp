#pragma once

#include <actors/supervision/supervisor.hpp>

#include <nlohmann/json.hpp>
#include <vector>

namespace leptond::api {

/// The states of the contract; what is on its way counts as restarting.
std::string state_word(const std::string& state);

/// The tree as `lepton tree` has it.
nlohmann::json tree_json(const actors::tree_node& node);

/// Every actor of the tree in a list, as `lepton ps` has it.
nlohmann::json ps_json(const actors::tree_node& node);

/// Restarts of all children, added up.
uint64_t restarts_in(const actors::tree_node& node);

/// What keeps a node from its work, or nothing: a role or one of its actors
/// that does not run; no compute worker at all. Jobs and examples do not count.
std::string not_ready(const actors::tree_node& root);

/// The child at `path` below `node` (`workers/worker-1`), or null.
const actors::tree_node* find(const actors::tree_node& node,
                              std::string_view path);

} // namespace leptond::api
