#include <leptond/config/keys.hpp>

#include <limits>

namespace leptond {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t ms = 1;
constexpr std::int64_t sec = 1000 * ms;
constexpr std::int64_t hour = 3600 * sec;
constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = kib * kib;
constexpr std::int64_t tib = mib * mib;

milliseconds time_of(const checked_value& value) {
  return milliseconds{std::get<std::int64_t>(value)};
}

std::size_t count_of(const checked_value& value) {
  return static_cast<std::size_t>(std::get<std::int64_t>(value));
}

std::string text_of(checked_value&& value) {
  return std::get<std::string>(std::move(value));
}

std::vector<std::string> list_of(checked_value&& value) {
  return std::get<std::vector<std::string>>(std::move(value));
}

std::vector<role> roles_of(const checked_value& value) {
  std::vector<role> roles;
  for (const auto& name : std::get<std::vector<std::string>>(value))
    for (auto r :
         {role::controller, role::storage, role::compute, role::network})
      if (name == to_string(r))
        roles.push_back(r);
  return roles;
}

#define LEPTON_STORE(member, convert)                                          \
  [](node_config& c, std::string_view, checked_value v) {                      \
    c.member = convert(std::move(v));                                          \
  }
#define LEPTON_STORE_AS(member, type)                                          \
  [](node_config& c, std::string_view, checked_value v) {                      \
    c.member = std::get<type>(v);                                              \
  }
#define LEPTON_STORE_SUBTREE(member, convert)                                  \
  [](node_config& c, std::string_view subtree, checked_value v) {              \
    c.supervision[std::string{subtree}].member = convert(std::move(v));        \
  }

std::vector<key_info> node_keys() {
  return {
    {"node.name",
     key_kind::name,
     0,
     0,
     {},
     "alpha",
     "The node's name: the first part of every actor's path.",
     true,
     LEPTON_STORE(node.name, text_of)},
    {"node.roles",
     key_kind::choice_list,
     0,
     0,
     {"controller", "storage", "compute", "network"},
     "controller,storage,compute,network",
     "What the node does; all four make one node a complete system.",
     true,
     LEPTON_STORE(node.roles, roles_of)},
    {"node.data_dir",
     key_kind::path,
     0,
     0,
     {},
     "var/alpha",
     "The directory of everything that must survive; created with mode 0700. "
     "A relative path starts at the current directory. By default `var/` and "
     "the node's name.",
     true,
     LEPTON_STORE(node.data_dir, text_of)},
    {"node.shutdown_within",
     key_kind::duration,
     100 * ms,
     hour,
     {},
     "10s",
     "How long a stop may take; what still runs then is cut off.",
     true,
     LEPTON_STORE(node.shutdown_within, time_of)},
  };
}

std::vector<key_info> api_keys() {
  return {
    {"api.listen",
     key_kind::address,
     0,
     0,
     {},
     "127.0.0.1:7400",
     "Where the HTTP API listens; port 0 takes any free one.",
     true,
     LEPTON_STORE_AS(api.listen, listen_address)},
    {"api.hosts",
     key_kind::text_list,
     0,
     0,
     {},
     "",
     "Further names by which clients may call this node (the Host header). "
     "Numeric addresses and localhost are always accepted.",
     true,
     LEPTON_STORE(api.hosts, list_of)},
    {"api.tokens",
     key_kind::path,
     0,
     0,
     {},
     "",
     "A file with one access token a line.",
     false,
     LEPTON_STORE(api.tokens, text_of)},
    {"api.threads",
     key_kind::integer,
     1,
     16,
     {},
     "2",
     "Threads that read requests and write answers; handlers run elsewhere.",
     true,
     LEPTON_STORE(api.threads, count_of)},
    {"api.max_connections",
     key_kind::integer,
     1,
     65536,
     {},
     "512",
     "Open connections at a time; one more is answered 503 and closed.",
     true,
     LEPTON_STORE(api.max_connections, count_of)},
    {"api.max_header",
     key_kind::size,
     kib,
     mib,
     {},
     "16KiB",
     "The longest header of a request; beyond it the answer is 431.",
     true,
     LEPTON_STORE(api.max_header, count_of)},
    {"api.max_body",
     key_kind::size,
     kib,
     64 * mib,
     {},
     "1MiB",
     "The longest body of a request; beyond it the answer is 413. Uploads "
     "into storage have their own limit, `storage.max_object`.",
     true,
     LEPTON_STORE(api.max_body, count_of)},
    {"api.header_timeout",
     key_kind::duration,
     10 * ms,
     hour,
     {},
     "10s",
     "How long a client may take to send a request's header.",
     true,
     LEPTON_STORE(api.header_timeout, time_of)},
    {"api.idle_timeout",
     key_kind::duration,
     10 * ms,
     24 * hour,
     {},
     "60s",
     "How long a connection may wait between two requests.",
     true,
     LEPTON_STORE(api.idle_timeout, time_of)},
    {"api.io_timeout",
     key_kind::duration,
     10 * ms,
     hour,
     {},
     "30s",
     "How long a body may stand still, in either direction.",
     true,
     LEPTON_STORE(api.io_timeout, time_of)},
    {"api.answer_timeout",
     key_kind::duration,
     10 * ms,
     24 * hour,
     {},
     "2min",
     "How long the node may take for an answer; then it is 504.",
     true,
     LEPTON_STORE(api.answer_timeout, time_of)},
    {"api.tls.certificate",
     key_kind::path,
     0,
     0,
     {},
     "",
     "The server's certificate chain, PEM.",
     false,
     LEPTON_STORE(api.tls.certificate, text_of)},
    {"api.tls.key",
     key_kind::path,
     0,
     0,
     {},
     "",
     "Its private key, PEM.",
     false,
     LEPTON_STORE(api.tls.key, text_of)},
  };
}

std::vector<key_info> cluster_keys() {
  return {
    {"cluster.name",
     key_kind::name,
     0,
     0,
     {},
     "lepton",
     "Nodes join only a cluster of the same name.",
     false,
     LEPTON_STORE(cluster.name, text_of)},
    {"cluster.listen",
     key_kind::address,
     0,
     0,
     {},
     "127.0.0.1:7500",
     "Where other nodes reach this one; port 0 takes any free one.",
     false,
     LEPTON_STORE_AS(cluster.listen, listen_address)},
    {"cluster.seeds",
     key_kind::peer_list,
     0,
     0,
     {},
     "",
     "Members to ask first when joining, as \"host:port\"; none: alone.",
     false,
     LEPTON_STORE(cluster.seeds, list_of)},
    {"cluster.detect_within",
     key_kind::duration,
     100 * ms,
     hour,
     {},
     "1s",
     "How soon a dead member has to be found.",
     false,
     LEPTON_STORE(cluster.detect_within, time_of)},
    {"cluster.mistake_period",
     key_kind::duration,
     sec,
     10'000 * hour,
     {},
     "24h",
     "At most one false alarm in this time, on average.",
     false,
     LEPTON_STORE(cluster.mistake_period, time_of)},
    {"cluster.tls.certificate",
     key_kind::path,
     0,
     0,
     {},
     "",
     "This node's certificate, PEM.",
     false,
     LEPTON_STORE(cluster.tls.certificate, text_of)},
    {"cluster.tls.key",
     key_kind::path,
     0,
     0,
     {},
     "",
     "Its private key, PEM.",
     false,
     LEPTON_STORE(cluster.tls.key, text_of)},
    {"cluster.tls.ca",
     key_kind::path,
     0,
     0,
     {},
     "",
     "The authority that signs every member's certificate, PEM.",
     false,
     LEPTON_STORE(cluster.tls.ca, text_of)},
  };
}

std::vector<key_info> engine_keys() {
  return {
    {"controller.keep_jobs",
     key_kind::integer,
     1,
     100'000,
     {},
     "1000",
     "How many records of jobs that are over are kept; with one more, the one "
     "that ended first goes. Models stay.",
     true,
     LEPTON_STORE(controller.keep_jobs, count_of)},
    {"compute.workers",
     key_kind::integer,
     1,
     1024,
     {},
     "2",
     "How many workers the pool starts with.",
     true,
     LEPTON_STORE(compute.workers, count_of)},
    {"compute.min_workers",
     key_kind::integer,
     1,
     1024,
     {},
     "",
     "Scaling never goes below; with `max_workers` it turns scaling on.",
     false,
     LEPTON_STORE(compute.min_workers, count_of)},
    {"compute.max_workers",
     key_kind::integer,
     1,
     1024,
     {},
     "",
     "Scaling never goes above.",
     false,
     LEPTON_STORE(compute.max_workers, count_of)},
    {"compute.isolation",
     key_kind::choice,
     0,
     0,
     {"actor", "thread", "process"},
     "process",
     "What a worker runs on: the shared scheduler, a thread of its own, or an "
     "OS process of its own, which alone survives a segmentation fault.",
     true,
     LEPTON_STORE(compute.isolation, text_of)},
    {"storage.replicas",
     key_kind::integer,
     1,
     16,
     {},
     "3",
     "How many storage nodes should keep each chunk; the aim, not a condition.",
     false,
     LEPTON_STORE(storage.replicas, count_of)},
    {"storage.write_quorum",
     key_kind::integer,
     1,
     16,
     {},
     "",
     "How many must have a write on disk before it is acknowledged; by default "
     "a majority of min(replicas, storage nodes).",
     false,
     LEPTON_STORE(storage.write_quorum, count_of)},
    {"storage.chunk_size",
     key_kind::size,
     mib,
     4 * mib,
     {},
     "1MiB",
     "Into what pieces a stored file is cut.",
     true,
     LEPTON_STORE(storage.chunk_size, count_of)},
    {"storage.max_object",
     key_kind::size,
     mib,
     tib,
     {},
     "16GiB",
     "The largest file that may be stored; beyond it the answer is 413.",
     true,
     LEPTON_STORE(storage.max_object, count_of)},
  };
}

std::vector<key_info> supervision_keys() {
  return {
    {"supervision.PATH.strategy",
     key_kind::choice,
     0,
     0,
     {"one_for_one", "one_for_all", "rest_for_one"},
     "",
     "Which siblings are restarted together with a child that failed.",
     true,
     LEPTON_STORE_SUBTREE(strategy, text_of)},
    {"supervision.PATH.max_restarts",
     key_kind::integer,
     0,
     100'000,
     {},
     "",
     "One restart more inside `within` and the subtree gives up.",
     true,
     LEPTON_STORE_SUBTREE(max_restarts, count_of)},
    {"supervision.PATH.within",
     key_kind::duration,
     ms,
     10'000 * hour,
     {},
     "",
     "The time over which restarts are counted.",
     true,
     LEPTON_STORE_SUBTREE(within, time_of)},
    {"supervision.PATH.backoff",
     key_kind::duration,
     0,
     hour,
     {},
     "",
     "The delay before the second restart in a row, doubled for each further "
     "one, with full jitter; \"0s\" never waits.",
     true,
     LEPTON_STORE_SUBTREE(backoff, time_of)},
    {"supervision.PATH.backoff_max",
     key_kind::duration,
     0,
     hour,
     {},
     "",
     "The longest delay.",
     true,
     LEPTON_STORE_SUBTREE(backoff_max, time_of)},
    {"supervision.PATH.grace",
     key_kind::duration,
     0,
     hour,
     {},
     "",
     "How long a child may take to stop before it is killed.",
     true,
     LEPTON_STORE_SUBTREE(grace, time_of)},
  };
}

std::vector<key_info> switch_keys() {
  return {
    {"chaos.enabled",
     key_kind::boolean,
     0,
     0,
     {},
     "false",
     "Whether faults may be injected through the API; never in production.",
     true,
     LEPTON_STORE_AS(chaos.enabled, bool)},
    {"examples.enabled",
     key_kind::boolean,
     0,
     0,
     {},
     "false",
     "Whether the example actors `echo` and `counter` are in the tree.",
     true,
     LEPTON_STORE_AS(examples.enabled, bool)},
    {"log.format",
     key_kind::choice,
     0,
     0,
     {"text", "json"},
     "text",
     "Lines for people, or one JSON object a line.",
     true,
     LEPTON_STORE(log.format, text_of)},
    {"log.level",
     key_kind::choice,
     0,
     0,
     {"trace", "debug", "info", "warn", "error"},
     "info",
     "The least important lines to write.",
     true,
     LEPTON_STORE(log.level, text_of)},
  };
}

std::vector<key_info> make_table() {
  std::vector<key_info> all;
  for (auto part : {node_keys(), api_keys(), cluster_keys(), engine_keys(),
                    supervision_keys(), switch_keys()})
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
