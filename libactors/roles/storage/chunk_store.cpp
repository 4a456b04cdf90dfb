#include <models/io/sha256.hpp>
#include <roles/storage/chunk_store_impl.hpp>

#include <stdexcept>
#include <sys/stat.h>

namespace roles {

namespace {

directory_lock take(const std::filesystem::path& directory) {
  make_directory(directory);
  if (::chmod(directory.c_str(), 0700) != 0)
    throw_errno("cannot restrict access to", directory);
  return directory_lock{directory};
}

chunk_store_options checked(chunk_store_options o) {
  if (o.chunk_bytes < 1 || o.chunk_bytes > max_chunk_bytes)
    throw std::invalid_argument("chunk size of " + std::to_string(o.chunk_bytes)
                                + " bytes: expected 1 to "
                                + std::to_string(max_chunk_bytes));
  if (!o.now)
    o.now = [] { return std::chrono::steady_clock::now(); };
  return o;
}

} // namespace

chunk_store::impl::impl(chunk_store_options o)
  : options(checked(std::move(o))),
    lock(take(options.directory)),
    files(options.directory),
    guard(options.grace, options.now()) {}

chunk_store::chunk_store(std::unique_ptr<impl> it) : impl_(std::move(it)) {}

chunk_store::~chunk_store() = default;

std::shared_ptr<chunk_store> chunk_store::open(chunk_store_options options) {
  auto it = std::make_unique<impl>(std::move(options));
  return std::shared_ptr<chunk_store>(new chunk_store(std::move(it)));
}

std::optional<blob_stat> chunk_store::stat(const std::string& sha256) {
  auto held = pin(sha256); // for the grace it gives
  if (!held)
    return std::nullopt;
  auto manifest = impl_->files.read_manifest(sha256);
  if (!manifest)
    return std::nullopt;
  return blob_stat{sha256, manifest->bytes};
}

bool chunk_store::has(const std::string& sha256) {
  auto held = pin(sha256);
  if (!held)
    return false;
  try {
    auto manifest = impl_->files.read_manifest(sha256);
    return manifest && impl_->files.complete(*manifest);
  } catch (const storage_error& e) {
    if (e.code() != storage_errc::corrupt)
      throw;
    return false;
  }
}

blob_pin chunk_store::pin(const std::string& sha256) {
  if (!models::is_sha256_hex(sha256))
    return nullptr;
  // pinned first, looked for then: a sweep cannot come between
  impl_->guard.pin(sha256);
  std::error_code ignored;
  if (!std::filesystem::exists(impl_->files.blob_path(sha256), ignored)) {
    impl_->guard.forget(sha256);
    return nullptr;
  }
  auto self = shared_from_this();
  return blob_pin(this, [self, sha256](const void*) {
    self->impl_->guard.unpin(sha256, self->impl_->now());
  });
}

void chunk_store::forsake(const std::string& sha256) {
  impl_->guard.forsake(sha256);
}

blob_reader chunk_store::open_blob(const std::string& sha256) {
  blob_reader reader;
  reader.pin_ = pin(sha256);
  auto manifest =
    reader.pin_ ? impl_->files.read_manifest(sha256) : std::nullopt;
  if (!manifest)
    throw storage_error(storage_errc::not_found, "no blob '" + sha256 + "'");
  reader.store_ = shared_from_this();
  reader.stat_ = {sha256, manifest->bytes};
  reader.manifest_ = std::move(*manifest);
  return reader;
}

std::string blob_reader::next() {
  if (at_ >= manifest_.chunks.size())
    return {};
  auto bytes = store_->impl_->files.read_chunk(stat_.sha256, manifest_, at_);
  ++at_;
  return bytes;
}

// -- removal ------------------------------------------------------------------

namespace {

/// Ends a sweep also when it fails.
class sweep_scope {
public:
  sweep_scope(blob_guard& guard, std::function<blob_guard::time_point()> now)
    : guard_(guard), now_(std::move(now)) {
    guard_.begin_sweep();
  }

  sweep_scope(const sweep_scope&) = delete;
  sweep_scope& operator=(const sweep_scope&) = delete;

  ~sweep_scope() { guard_.end_sweep(now_()); }

private:
  blob_guard& guard_;
  std::function<blob_guard::time_point()> now_;
};

/// The chunks of all blobs that are there. Counts those that are unreadable.
std::set<std::string> used_chunks(const chunk_files& files, size_t& damaged) {
  std::set<std::string> used;
  for (auto& blob : files.list_blobs()) {
    try {
      if (auto manifest = files.read_manifest(blob))
        for (auto& c : manifest->chunks)
          used.insert(c.sha256);
    } catch (const storage_error&) {
      ++damaged;
    }
  }
  return used;
}

} // namespace

sweep_result chunk_store::remove_unreferenced(
  const std::function<std::set<std::string>()>& live) {
  auto& files = impl_->files;
  auto& guard = impl_->guard;
  std::lock_guard one{impl_->sweep};
  sweep_scope scope{guard, impl_->options.now};
  sweep_result result;
  auto referenced = live();
  for (auto& blob : files.list_blobs())
    if (!referenced.contains(blob))
      result.blobs +=
        guard.remove_blob(blob, impl_->now(), [&] { files.remove_blob(blob); });
  // a manifest that came back after a power cut must find its chunks
  files.sync_blobs();
  auto used = used_chunks(files, result.damaged);
  if (result.damaged > 0)
    return result;
  for (auto& chunk : files.list_chunks())
    if (!used.contains(chunk))
      result.chunks +=
        guard.remove_chunk(chunk, [&] { files.remove_chunk(chunk); });
  return result;
}

} // namespace roles
