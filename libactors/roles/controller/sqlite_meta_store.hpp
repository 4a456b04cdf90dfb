#pragma once

#include <roles/controller/meta_store.hpp>

#include <filesystem>
#include <functional>
#include <memory>

namespace roles {

struct sqlite_meta_options {
  /// Holds `meta.db`, its log and `lock`; made (0700) when missing.
  std::filesystem::path directory;

  /// Changes kept for watchers; the history is cut when it has grown to twice
  /// this, or to 64 MiB of values.
  size_t history = 1000;

  /// Transactions that may wait for the disk; more are refused as `busy`.
  size_t max_pending = 4096;

  /// Milliseconds of a clock that never goes back; for leases only. The steady
  /// clock when empty.
  std::function<int64_t()> now_ms;
};

/// Opens the embedded store: SQLite with a write-ahead log, one writer thread
/// that commits all waiting transactions with one sync, one connection for
/// readers. Every record carries a checksum that is verified when it is read.
///
/// What `submit` reports as done survives `kill -9` and a power cut. When the
/// disk fails at a commit the outcome of that batch is unknown to anybody: it
/// is reported as `io`, and so is every later write until the store is opened
/// again.
///
/// @throws meta_error `in_use` (with the process), `schema`, `corrupt`,
/// `read_only`, `full`, `io`; nothing was changed then.
/// @note The destructor finishes what was submitted.
std::unique_ptr<meta_store> open_sqlite_meta_store(sqlite_meta_options options);

} // namespace roles
