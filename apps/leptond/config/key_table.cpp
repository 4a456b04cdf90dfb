#include <leptond/config/key_parts.hpp>

namespace leptond {

namespace {

std::vector<key_info> make_table() {
  std::vector<key_info> all;
  for (auto part : {key_parts::node_keys(), key_parts::api_keys(),
                    key_parts::cluster_keys(), key_parts::controller_keys(),
                    key_parts::compute_keys(), key_parts::storage_keys(),
                    key_parts::supervision_keys(), key_parts::switch_keys()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

} // namespace

std::span<const key_info> config_keys() {
  static const auto table = make_table();
  return table;
}

std::span<const std::string_view> supervision_subtrees() {
  static constexpr std::string_view paths[] = {
    "",        "cluster",         "storage", "controller", "controller.jobs",
    "compute", "compute.workers", "network", "examples"};
  return paths;
}

} // namespace leptond
