#pragma once

#include <roles/storage/blob_guard.hpp>
#include <roles/storage/chunk_files.hpp>
#include <roles/storage/chunk_store.hpp>
#include <roles/storage/io_worker.hpp>

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
  io_worker disk; ///< last: its jobs use the files
};

} // namespace roles
