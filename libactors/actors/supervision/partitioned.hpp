#pragma once

#include <actors/supervision/dynamic.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

/// A dynamic supervisor for each core (Elixir: PartitionSupervisor): one alone
/// is a bottleneck when many callers start children at once. A child belongs to
/// the partition of its key, and who starts it sends straight to that
/// partition: no actor is in the way of all.
///
///   actors::partitioned_spec spec;
///   spec.each.child = actors::child_template("session", session);
///   auto pool = actors::spawn_partitioned(sys, "app", spec, runtime);
///   auto ada = actors::start_child(sys, *pool, "ada",
///                                  caf::make_message(std::string{"ada"}));
///   ...
///   actors::stop_supervisor(sys, pool->supervisor);
///
/// The partitions are the children `part-1`, `part-2`, ... of an ordinary
/// supervisor, which restarts one that gave up, without its children, and
/// leaves the others alone. Shell and tree show them so.
namespace actors {

/// A partitioned supervisor as a value.
struct partitioned_spec {
  /// Of the partitions; `how` must be one_for_one. All stop at once.
  supervisor_policy above;
  size_t partitions = 0; ///< 0: as many as processors
  /// Of the children of one partition; `max_children` counts for each.
  dynamic_spec each;
};

/// The supervisor of the partitions: for spawn_supervisor, or for
/// supervisor_child to make it a child of another one.
supervisor_spec supervisor_of_partitions(const partitioned_spec& spec);

/// Which of `n` partitions a key belongs to; always the same in this build.
size_t partition_of(std::string_view key, size_t n);
size_t partition_of(uint64_t key, size_t n);

/// A partitioned supervisor that runs. May be copied and used by any thread;
/// stays good when partitions restart, since their handles do.
struct partitioned {
  caf::actor supervisor;          ///< above the partitions
  std::vector<caf::actor> places; ///< their stable handles; not empty

  /// Where to send start_instance_request for a child with this key.
  template <class Key>
  const caf::actor& place_of(const Key& key) const {
    return places[partition_of(key, places.size())];
  }
};

caf::expected<partitioned> spawn_partitioned(caf::actor_system& sys,
                                             std::string path,
                                             const partitioned_spec& spec,
                                             runtime_ptr runtime);

/// The partitions below a supervisor from supervisor_of_partitions, wherever
/// it is in the tree.
caf::expected<partitioned> find_partitions(caf::actor_system& sys,
                                           const caf::actor& supervisor);

/// Starts a child in the partition of `key`; as start_child of a dynamic
/// supervisor. A partition that is being restarted answers `restarting`.
caf::expected<caf::actor> start_child(caf::actor_system& sys,
                                      const partitioned& pool,
                                      std::string_view key,
                                      caf::message args,
                                      std::string name = {});
caf::expected<caf::actor> start_child(caf::actor_system& sys,
                                      const partitioned& pool,
                                      uint64_t key,
                                      caf::message args,
                                      std::string name = {});

/// The children of all partitions, one partition after the other; what is not
/// up just now is left out.
std::vector<child_info> which_children(caf::actor_system& sys,
                                       const partitioned& pool);

/// The sum over all partitions; one spec.
child_counts count_children(caf::actor_system& sys, const partitioned& pool);

} // namespace actors
