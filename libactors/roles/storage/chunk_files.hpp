#pragma once

#include <roles/storage/blob_manifest.hpp>
#include <roles/storage/posix_file.hpp>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

/// Where the bytes lie:
///
///     lock                 held while the store is open, names the process
///     tmp/N                being written; removed when the store is opened
///     chunks/ab/abcd...    a chunk, exactly its bytes, named by its SHA-256
///     blobs/HASH           a manifest (`blob_manifest.hpp`), named by the
///                          SHA-256 of the whole content
///
/// A file appears under its final name by a rename after its bytes are on disk,
/// so it is whole or not there. Any thread.
/// Every function throws `storage_error`.

namespace roles {

class chunk_files {
public:
  /// Makes the directories (0700) and removes what an earlier process left in
  /// `tmp`. The caller holds the lock.
  explicit chunk_files(std::filesystem::path root);

  std::filesystem::path new_tmp();

  /// Writes a new file without waiting for the disk.
  unique_fd begin_tmp(const std::filesystem::path& tmp,
                      std::span<const std::byte> bytes) const;

  /// Its bytes are on disk afterwards. Both remove the file when they fail.
  void finish_tmp(unique_fd fd, const std::filesystem::path& tmp) const;

  /// Makes the directories that these chunks go to; durable when it returns.
  void prepare(const std::vector<chunk_ref>& chunks);

  void rename_to_chunk(const std::filesystem::path& tmp,
                       const std::string& sha256) const;

  /// Makes the renames of these chunks durable.
  void sync_chunks(const std::vector<chunk_ref>& chunks) const;

  /// Makes a manifest visible; durable when it returns.
  void rename_to_blob(const std::filesystem::path& tmp,
                      const std::string& sha256) const;

  /// @returns nothing when there is no such blob. Throws `corrupt`.
  std::optional<blob_manifest> read_manifest(const std::string& blob) const;

  /// Reads chunk `index` of a blob and verifies length and hash.
  /// @throws storage_error `corrupt`, naming blob, chunk and file.
  std::string read_chunk(const std::string& blob,
                         const blob_manifest& manifest,
                         size_t index) const;

  /// Whether every chunk is there with its length; reads no content.
  bool complete(const blob_manifest& manifest) const;

  std::vector<std::string> list_blobs() const;
  std::vector<std::string> list_chunks() const;
  void remove_blob(const std::string& blob) const;
  void remove_chunk(const std::string& chunk) const;
  void sync_blobs() const;

  std::filesystem::path chunk_path(const std::string& sha256) const;
  std::filesystem::path blob_path(const std::string& sha256) const;

private:
  std::filesystem::path root_;
  std::atomic<uint64_t> next_{0};
  std::mutex made_mutex_;
  std::set<std::string> made_; ///< directories below chunks/ known to be there
};

/// Removes a file; one that is not there is fine.
void remove_file(const std::filesystem::path& path) noexcept;

} // namespace roles
