#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace leptond {

/// What a node does; each role is a subtree of its supervision tree.
enum class role : std::uint8_t { controller, storage, compute, network };

std::string_view to_string(role r);

/// Where a server listens: a numeric address and a port, 0 for any free one.
struct listen_address {
  std::string host = "127.0.0.1"; ///< IPv4 or IPv6, without brackets
  std::uint16_t port = 0;

  bool operator==(const listen_address&) const = default;
};

/// `127.0.0.1:7400`, `[::1]:7400`
std::string to_string(const listen_address& address);

/// Whether only this machine can reach it: 127.0.0.0/8 and ::1.
bool is_loopback(const listen_address& address);

/// `127.0.0.1:7400`, `[::1]:7400` or `localhost:7400` (which is 127.0.0.1);
/// nothing for other text. Names are not looked up.
std::optional<listen_address> parse_listen_address(std::string_view text);

/// The files of one TLS end; empty when not configured.
struct tls_files {
  std::string certificate;
  std::string key;
  std::string ca;

  bool configured() const {
    return !certificate.empty() || !key.empty() || !ca.empty();
  }
};

/// What `[supervision.PATH]` says; what it does not say stays as the subtree
/// itself has it.
struct supervision_settings {
  std::optional<std::string> strategy; ///< one_for_one, one_for_all, ...
  std::optional<std::size_t> max_restarts;
  std::optional<std::chrono::milliseconds> within;
  std::optional<std::chrono::milliseconds> backoff;     ///< first delay
  std::optional<std::chrono::milliseconds> backoff_max; ///< longest delay
  std::optional<std::chrono::milliseconds> grace; ///< between exit and kill
};

/// A node's configuration, checked. Filled from the defaults of the table of
/// keys (`config/keys.hpp`), a file and `--set`; a plain value, no threads.
struct node_config {
  struct {
    std::string name;
    std::vector<role> roles;
    std::string data_dir; ///< relative: to the current directory
    std::chrono::milliseconds shutdown_within{};
  } node;

  struct {
    listen_address listen;
    std::string tokens;             ///< file with one token a line
    std::vector<std::string> hosts; ///< further names for this node
    tls_files tls;
    std::size_t threads = 0;
    std::size_t max_connections = 0;
    std::size_t max_header = 0; ///< bytes
    std::size_t max_body = 0;   ///< bytes, of routes without their own limit
    std::chrono::milliseconds header_timeout{};
    std::chrono::milliseconds idle_timeout{};
    std::chrono::milliseconds io_timeout{};
    std::chrono::milliseconds answer_timeout{};
  } api;

  struct {
    std::string name;
    listen_address listen;
    std::vector<std::string> seeds; ///< `host:port`
    std::chrono::milliseconds detect_within{};
    std::chrono::milliseconds mistake_period{};
    tls_files tls;
  } cluster;

  struct {
    std::size_t keep_jobs = 0; ///< that are over
  } controller;

  struct {
    std::size_t workers = 0;
    std::size_t min_workers = 0;          ///< 0: no scaling
    std::size_t max_workers = 0;          ///< 0: no scaling
    std::string isolation;                ///< actor, thread or process
    std::chrono::milliseconds deadline{}; ///< of a worker's sign of life
    // Of a worker process:
    std::size_t memory = 0;               ///< bytes; 0: no limit
    std::chrono::milliseconds cpu_time{}; ///< 0: no limit
    std::size_t nice = 0;
  } compute;

  struct {
    std::size_t replicas = 0;
    std::size_t write_quorum = 0; ///< 0: a majority of the replicas
    std::size_t chunk_size = 0;   ///< bytes
    std::uint64_t max_object = 0; ///< bytes
  } storage;

  /// By the path of the subtree with dots, `compute.workers`; the root is "".
  std::map<std::string, supervision_settings> supervision;

  struct {
    bool enabled = false;
  } chaos;

  struct {
    bool enabled = false;
  } examples;

  struct {
    std::string format; ///< text or json
    std::string level;  ///< trace, debug, info, warn, error
  } log;

  bool has_role(role r) const;
};

} // namespace leptond
