#include <actors/supervision/calls.hpp>
#include <actors/supervision/partitioned.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <thread>

namespace actors {

supervisor_spec supervisor_of_partitions(const partitioned_spec& spec) {
  supervisor_spec result;
  static_cast<supervisor_policy&>(result) = spec.above;
  result.stop = stop_order::parallel;
  auto n = spec.partitions > 0
             ? spec.partitions
             : std::max<size_t>(1, std::thread::hardware_concurrency());
  for (size_t i = 1; i <= n; ++i)
    result.children.push_back(
      dynamic_supervisor_child("part-" + std::to_string(i), spec.each));
  return result;
}

size_t partition_of(uint64_t key, size_t n) {
  // Keys are often counted: mixed, so that no stride falls into one partition.
  // Steele, Lea, Flood (2014): the finalizer of SplitMix64.
  key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9;
  key = (key ^ (key >> 27)) * 0x94d049bb133111eb;
  return (key ^ (key >> 31)) % n;
}

size_t partition_of(std::string_view key, size_t n) {
  return partition_of(uint64_t{std::hash<std::string_view>{}(key)}, n);
}

namespace {

caf::error check(const partitioned_spec& spec, const std::string& path) {
  if (spec.above.how != strategy::one_for_one)
    return make_sup_error(sup_errc::bad_spec,
                          path
                            + ": how: partitions are independent, so that it "
                              "must be one_for_one");
  return check(spec.each, path);
}

} // namespace

caf::expected<partitioned> spawn_partitioned(caf::actor_system& sys,
                                             std::string path,
                                             const partitioned_spec& spec,
                                             runtime_ptr runtime) {
  if (auto err = check(spec, path))
    return err;
  auto supervisor = spawn_supervisor(
    sys, std::move(path), supervisor_of_partitions(spec), std::move(runtime));
  if (!supervisor)
    return std::move(supervisor.error());
  return find_partitions(sys, *supervisor);
}

caf::expected<partitioned> find_partitions(caf::actor_system& sys,
                                           const caf::actor& supervisor) {
  auto children = which_children(sys, supervisor);
  if (!children)
    return std::move(children.error());
  partitioned result{supervisor, {}};
  for (auto& x : *children)
    if (x.kind == child_kind::supervisor && x.handle)
      result.places.push_back(x.handle);
  if (result.places.empty())
    return make_sup_error(sup_errc::bad_state, "there are no partitions");
  return result;
}

caf::expected<caf::actor> start_child(caf::actor_system& sys,
                                      const partitioned& pool,
                                      std::string_view key,
                                      caf::message args,
                                      std::string name) {
  return start_child(sys, pool.place_of(key), std::move(args), std::move(name));
}

caf::expected<caf::actor> start_child(caf::actor_system& sys,
                                      const partitioned& pool,
                                      uint64_t key,
                                      caf::message args,
                                      std::string name) {
  return start_child(sys, pool.place_of(key), std::move(args), std::move(name));
}

std::vector<child_info> which_children(caf::actor_system& sys,
                                       const partitioned& pool) {
  std::vector<child_info> result;
  for (auto& place : pool.places)
    if (auto some = which_children(sys, place))
      std::move(some->begin(), some->end(), std::back_inserter(result));
  return result;
}

child_counts count_children(caf::actor_system& sys, const partitioned& pool) {
  child_counts all;
  all.specs = 1;
  for (auto& place : pool.places)
    if (auto n = count_children(sys, place)) {
      all.active += n->active;
      all.supervisors += n->supervisors;
      all.workers += n->workers;
      all.lost += n->lost;
    }
  return all;
}

} // namespace actors
