#pragma once

#include <actors/supervision/spec.hpp>
#include <leptond/config/node_config.hpp>
#include <roles/compute/worker_pool.hpp>
#include <roles/controller/meta_store.hpp>
#include <roles/core/handle_slot.hpp>
#include <roles/storage/chunk_store.hpp>
#include <roles/storage/name_table.hpp>

#include <functional>
#include <memory>

namespace leptond {

/// What the actors of a node's tree work with. Outlives the tree.
struct node_parts {
  std::shared_ptr<roles::meta_store> meta;
  std::shared_ptr<roles::chunk_store> store;
  std::shared_ptr<roles::name_table> names;
  std::shared_ptr<roles::worker_pool> workers =
    std::make_shared<roles::worker_pool>();

  /// Told why blobs could not be collected.
  std::function<void(const std::string&)> report;

  // where the actors of the tree are found
  roles::handle_ptr storage = std::make_shared<roles::handle_slot>();
  roles::handle_ptr state = std::make_shared<roles::handle_slot>();
  roles::handle_ptr intake = std::make_shared<roles::handle_slot>();
  roles::handle_ptr scheduler = std::make_shared<roles::handle_slot>();
  roles::handle_ptr jobs = std::make_shared<roles::handle_slot>();
  roles::handle_ptr router = std::make_shared<roles::handle_slot>();
  roles::handle_ptr serving = std::make_shared<roles::handle_slot>();
  roles::handle_ptr evaluation = std::make_shared<roles::handle_slot>();
};

/// The supervision tree of a node: a subtree for each role it has, with the
/// defaults of docs/architecture.md and what `[supervision.PATH]` changes.
/// @param api the HTTP API, the last child of `network`
actors::supervisor_spec node_tree(const node_config& config,
                                  const std::shared_ptr<node_parts>& parts,
                                  actors::child_spec api);

} // namespace leptond
