#include <leptond/config/loader.hpp>
#include <leptond/config/units.hpp>
#include <leptond/core/text.hpp>

#include <algorithm>

namespace leptond {

config_loader::config_loader(std::string file) : file_(std::move(file)) {
  loaded_.config = default_config();
}

std::string config_loader::place(text_place at) const {
  return file_ + ':' + std::to_string(at.line) + ':' + std::to_string(at.column)
         + ": ";
}

void config_loader::read_file(std::string_view text) {
  const auto read = read_toml(text);
  if (!read.syntax_error.empty())
    errors_.push_back(place(read.error_at) + read.syntax_error);
  constexpr std::size_t most = 100; // the wrong file rather than wrong keys
  for (const auto& entry : read.entries) {
    if (errors_.size() == most) {
      errors_.push_back(place(entry.key_at)
                        + "too many errors, the rest is not read");
      return;
    }
    if (find_key(entry.path))
      accept(entry.path, entry.value, place(entry.value_at) + entry.path);
    else if (is_section(entry.path))
      errors_.push_back(place(entry.value_at) + entry.path
                        + ": expected a table, got " + entry.value.shown);
    else
      errors_.push_back(place(entry.key_at) + entry.path + ": "
                        + unknown_key_text(entry.path));
  }
}

void config_loader::read_setting(std::string_view setting) {
  const auto equals = setting.find('=');
  if (equals == std::string_view::npos) {
    errors_.push_back("--set " + printable(setting)
                      + ": expected section.key=value");
    return;
  }
  const auto path = std::string{trimmed(setting.substr(0, equals))};
  const auto where = "--set " + printable(path);
  const auto found = find_key(path);
  if (!found) {
    errors_.push_back(where + ": "
                      + (is_section(path) ? "a section; name one of its keys"
                                          : unknown_key_text(path)));
    return;
  }
  const auto text = trimmed(setting.substr(equals + 1));
  accept(path, raw_from_text(*found.key, text), where);
}

void config_loader::accept(const std::string& path,
                           const raw_value& raw,
                           const std::string& where) {
  const auto found = find_key(path);
  std::string problem;
  auto value = check_value(*found.key, raw, problem);
  if (!value) {
    errors_.push_back(where + ": " + problem);
    return;
  }
  places_[path] = where;
  found.key->store(loaded_.config, found.subtree, std::move(*value));
}

bool config_loader::is_set(const std::string& path) const {
  return places_.contains(path);
}

bool config_loader::any_set(std::string_view prefix) const {
  const auto next = places_.lower_bound(std::string{prefix});
  return next != places_.end() && next->first.starts_with(prefix);
}

void config_loader::blame(const std::string& path, const std::string& problem) {
  const auto found = places_.find(path);
  errors_.push_back((found == places_.end() ? path : found->second) + ": "
                    + problem);
}

void config_loader::check_listeners() {
  const auto& config = loaded_.config;
  const auto& api = config.api.listen;
  if (!is_loopback(api))
    blame("api.listen",
          to_string(api)
            + " can be reached from other machines, which needs [api.tls] and "
              "api.tokens, and this version cannot serve TLS yet; listen on "
              "127.0.0.1 and put a TLS proxy or an SSH tunnel in front");
  const auto& cluster = config.cluster.listen;
  if (!is_loopback(cluster))
    blame("cluster.listen",
          to_string(cluster)
            + " can be reached from other machines, which needs [cluster.tls], "
              "and this version cannot join clusters yet; listen on 127.0.0.1");
  if (api.port != 0 && api == cluster)
    blame(is_set("cluster.listen") ? "cluster.listen" : "api.listen",
          to_string(api)
            + " is both api.listen and cluster.listen; choose two "
              "ports");
}

void config_loader::check_workers() {
  const auto& compute = loaded_.config.compute;
  const auto low = compute.min_workers;
  const auto high = compute.max_workers;
  if (low != 0 && high != 0 && low > high)
    blame("compute.min_workers", std::to_string(low)
                                   + " is more than compute.max_workers, "
                                   + std::to_string(high));
  else if (compute.workers < low && is_set("compute.workers"))
    blame("compute.workers", std::to_string(compute.workers)
                               + " is less than compute.min_workers, "
                               + std::to_string(low));
  else if (high != 0 && compute.workers > high && is_set("compute.workers"))
    blame("compute.workers", std::to_string(compute.workers)
                               + " is more than compute.max_workers, "
                               + std::to_string(high));
}

/// Only a process can be held to limits of its own.
void config_loader::check_limits() {
  if (loaded_.config.compute.isolation == "process")
    return;
  for (auto key : {"compute.memory", "compute.cpu_time", "compute.nice"})
    if (is_set(key))
      blame(key, "needs compute.isolation = \"process\", it is \""
                   + loaded_.config.compute.isolation + '"');
}

void config_loader::check_quorum() {
  const auto& storage = loaded_.config.storage;
  if (storage.write_quorum > storage.replicas)
    blame("storage.write_quorum", std::to_string(storage.write_quorum)
                                    + " is more than storage.replicas, "
                                    + std::to_string(storage.replicas));
}

void config_loader::check_backoff() {
  for (const auto& [subtree, settings] : loaded_.config.supervision) {
    if (!settings.backoff || !settings.backoff_max
        || *settings.backoff <= *settings.backoff_max)
      continue;
    const auto section =
      "supervision." + subtree + (subtree.empty() ? "" : ".");
    blame(section + "backoff",
          duration_text(settings.backoff->count()) + " is more than " + section
            + "backoff_max, " + duration_text(settings.backoff_max->count()));
  }
}

namespace {

/// Whether the tree of a node with this configuration has the subtree.
bool has_subtree(const node_config& config, std::string_view path) {
  if (path == "examples")
    return config.examples.enabled;
  for (auto r : {role::controller, role::storage, role::compute})
    if (path.starts_with(to_string(r)))
      return config.has_role(r);
  return path != "cluster"; // the root, and network, which has the API
}

} // namespace

void config_loader::collect_notices() {
  for (const auto& [path, where] : places_) {
    const auto found = find_key(path);
    if (!found.key->effective)
      loaded_.notices.push_back(where
                                + ": accepted, but without effect in this "
                                  "version");
    else if (!has_subtree(loaded_.config, found.subtree))
      loaded_.notices.push_back(where
                                + ": accepted, but without effect: this node "
                                  "has no subtree \""
                                + found.subtree + '"');
  }
  if (any_set("api.tls."))
    loaded_.notices.push_back(
      "[api.tls]: this version cannot serve TLS; the API stays on "
      + to_string(loaded_.config.api.listen) + " without it");
}

void config_loader::complete() {
  auto& config = loaded_.config;
  if (!is_set("node.data_dir"))
    config.node.data_dir = "var/" + config.node.name;
  auto& compute = config.compute;
  if (!is_set("compute.workers")) {
    compute.workers = std::max(compute.workers, compute.min_workers);
    if (compute.max_workers != 0)
      compute.workers = std::min(compute.workers, compute.max_workers);
  }
}

result<loaded_config> config_loader::finish() {
  // With errors in single values their neighbours' defaults would be blamed.
  if (errors_.empty()) {
    check_listeners();
    check_workers();
    check_limits();
    check_quorum();
    check_backoff();
  }
  if (!errors_.empty())
    return failure{exit_bad_usage, std::move(errors_)};
  complete();
  collect_notices();
  return std::move(loaded_);
}

} // namespace leptond
