#pragma once

#include <roles/storage/blob_manifest.hpp>
#include <roles/storage/errors.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

/// Immutable blobs on the disk of one node, named by their content. A blob is
/// cut into chunks; chunk and blob are named by SHA-256 and every read verifies
/// it, so what is served is what was stored. `chunk_files.hpp` has the layout.
///
/// What `finish` has returned is on disk: it survives `kill -9` and a power
/// cut. A blob is there as a whole or not at all.
///
/// The store may be used from any thread; one writer or reader by one thread at
/// a time, each of its own. All of them block on the disk.

namespace roles {

struct chunk_store_options {
  std::filesystem::path directory; ///< made (0700) when missing

  /// 1 to `max_chunk_bytes`. Larger costs memory (a writer holds six), smaller
  /// costs syncs.
  uint32_t chunk_bytes = 1u << 20;

  /// How long an unreferenced blob stays after it was stored or asked for:
  /// the time between an upload and the record that names it. All blobs count
  /// as asked for when the store is opened.
  std::chrono::seconds grace = std::chrono::minutes{5};

  /// For tests; the steady clock when empty.
  std::function<std::chrono::steady_clock::time_point()> now;
};

/// While it lives its blob is not removed. Copies share.
using blob_pin = std::shared_ptr<const void>;

struct blob_stat {
  std::string sha256;
  uint64_t bytes = 0;
};

/// A durable blob; hold `pin` until the record that refers to it is durable.
struct stored_blob {
  std::string sha256;
  uint64_t bytes = 0;
  blob_pin pin;
};

/// Takes one blob in. Destroying it before `finish` leaves nothing.
class blob_writer {
public:
  blob_writer(blob_writer&&) noexcept;
  blob_writer& operator=(blob_writer&&) noexcept;
  ~blob_writer();

  /// Any number of bytes; waits for the disk when it is far behind.
  /// @throws storage_error `full`, `read_only`, `io`, `too_large`; the writer
  /// is of no use afterwards.
  void append(std::span<const std::byte> bytes);

  void append(std::string_view bytes) {
    append(std::as_bytes(std::span(bytes)));
  }

  uint64_t bytes() const noexcept;

  /// Makes the blob durable and visible. Storing what is there already writes
  /// it once more, which repairs a damaged copy.
  /// @param expected its hash, when known; another content is refused.
  /// @throws as `append`, and `hash_mismatch`; nothing is visible then.
  stored_blob finish(const std::optional<std::string>& expected = {});

private:
  friend class chunk_store;
  class impl;
  explicit blob_writer(std::unique_ptr<impl> it);
  std::unique_ptr<impl> impl_;
};

/// Gives one blob out, chunk by chunk. Keeps it pinned.
class blob_reader {
public:
  const blob_stat& stat() const noexcept { return stat_; }

  /// The next bytes, at most `max_chunk_bytes`; empty at the end.
  /// @throws storage_error `corrupt`, naming blob, chunk and file: the bytes
  /// before it were right, nothing after it is given out. Also `io`.
  std::string next();

private:
  friend class chunk_store;
  std::shared_ptr<class chunk_store> store_;
  blob_pin pin_;
  blob_stat stat_;
  blob_manifest manifest_;
  size_t at_ = 0;
};

struct sweep_result {
  size_t blobs = 0;   ///< removed
  size_t chunks = 0;  ///< removed
  size_t damaged = 0; ///< manifests that cannot be read; then no chunk goes
};

class chunk_store : public std::enable_shared_from_this<chunk_store> {
public:
  /// Takes the directory for this process.
  /// @throws storage_error `in_use` (by which process), `read_only`, `full`,
  /// `io`; std::invalid_argument for a chunk size out of range.
  static std::shared_ptr<chunk_store> open(chunk_store_options options);

  ~chunk_store();
  chunk_store(const chunk_store&) = delete;
  chunk_store& operator=(const chunk_store&) = delete;

  blob_writer begin_blob();

  /// @throws storage_error `not_found`, `corrupt`.
  blob_reader open_blob(const std::string& sha256);

  /// Size by the manifest. @returns nothing when there is no such blob.
  /// @throws storage_error `corrupt`.
  std::optional<blob_stat> stat(const std::string& sha256);

  /// Whether the whole blob is there, by names and sizes. A damaged one is not,
  /// so that it will be stored again.
  bool has(const std::string& sha256);

  /// Keeps a blob from being removed. @returns null when it is not there.
  blob_pin pin(const std::string& sha256);

  /// Ends a blob's grace: who stored it refers to it no more and has told its
  /// name to nobody. The next sweep takes it unless somebody else needs it.
  void forsake(const std::string& sha256);

  /// Removes the blobs that `live` does not name, and the chunks that none of
  /// the rest uses. Safe beside writers and readers: blobs stored, pinned or
  /// asked for since `live` was called stay, and so do those in their grace.
  /// One at a time; reads every manifest.
  sweep_result
  remove_unreferenced(const std::function<std::set<std::string>()>& live);

private:
  friend class blob_writer;
  friend class blob_reader;
  class impl;
  explicit chunk_store(std::unique_ptr<impl> it);
  std::unique_ptr<impl> impl_;
};

} // namespace roles
