#pragma once

#include <roles/storage/blob_guard.hpp>
#include <roles/storage/chunk_files.hpp>
#include <roles/storage/chunk_store.hpp>
#include <roles/storage/disk_writer.hpp>

namespace roles {

/// What store, writers and readers share. Internal.
class chunk_store::impl {
public:
  explicit impl(chunk_store_options o);

  auto now() const { return options.now(); }

  chunk_store_options options;
  directory_lock lock;
  chunk_files files;
  blob_guard guard;
  std::mutex sweep;
  disk_writer disk{files}; ///< last: it uses the files
};

} // namespace roles
