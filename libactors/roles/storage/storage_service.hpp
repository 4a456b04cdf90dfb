#pragma once

#include <roles/storage/chunk_store.hpp>
#include <roles/storage/messages.hpp>
#include <roles/storage/name_table.hpp>

#include <map>
#include <variant>

/// The storage service of a node: an actor over the chunk store and the table
/// of names. It blocks on the disk, so give it a thread of its own:
///
///     auto spec = actors::actor_child("store", roles::storage_service, parts);
///     spec.runs_on = actors::carrier::thread;
///
/// All state that matters is on disk; a restart ends the open transfers only,
/// whose owners get `bad_token`.

namespace roles {

/// What the service works on; shared by its incarnations.
struct storage_parts {
  std::shared_ptr<chunk_store> blobs;
  std::shared_ptr<name_table> names;

  /// The blobs that something other than a name needs, such as jobs
  /// (`blobs_of_jobs`). Called in the service's thread; may throw, then nothing
  /// is removed. None when empty.
  std::function<std::set<std::string>()> references;

  /// How often unreferenced blobs are removed; 0: only when asked.
  std::chrono::seconds collect_every = std::chrono::minutes{5};

  /// Told, in the service's thread, why blobs could not be removed, and of
  /// manifests that cannot be read. May be empty.
  std::function<void(const std::string&)> report;

  /// Milliseconds since 1970; the system's clock when empty.
  std::function<int64_t()> now_ms;
};

/// An upload or a download.
struct transfer {
  caf::actor_addr owner;
  std::variant<blob_writer, blob_reader> what;
};

struct storage_state {
  static const char* name;
  storage_parts parts;
  std::map<uint64_t, transfer> transfers;
  std::map<caf::actor_addr, size_t> owners; ///< monitored, with their transfers
  uint64_t last_token = 0;
};

/// The service; the messages are in `messages.hpp`.
caf::behavior storage_service(caf::stateful_actor<storage_state>* self,
                              storage_parts parts);

} // namespace roles
