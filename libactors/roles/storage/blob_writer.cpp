#include <models/io/sha256.hpp>
#include <roles/storage/chunk_store_impl.hpp>

namespace roles {

namespace {

using buffer = std::vector<std::byte>;

/// Chunks that may wait for the disk, for one writer.
constexpr size_t max_in_flight = 4;

/// What fits a manifest: a line has at most 80 bytes.
constexpr size_t max_chunks = max_manifest_bytes / 80;

/// What a writer shares with the jobs it has posted.
class in_flight {
public:
  /// Waits until one more may be posted. @returns a buffer that was used, or
  /// a new one. @throws the first error of a job.
  buffer wait_for_room() {
    std::unique_lock guard{mutex_};
    changed_.wait(guard, [this] { return count_ < max_in_flight; });
    rethrow();
    if (spare_.empty())
      return {};
    auto b = std::move(spare_.back());
    spare_.pop_back();
    return b;
  }

  void began() {
    std::lock_guard guard{mutex_};
    ++count_;
  }

  void release(buffer b, std::exception_ptr error) {
    std::lock_guard guard{mutex_};
    --count_;
    b.clear();
    spare_.push_back(std::move(b));
    if (!error_)
      error_ = std::move(error);
    changed_.notify_all();
  }

  void wait_idle() {
    std::unique_lock guard{mutex_};
    changed_.wait(guard, [this] { return count_ == 0; });
  }

  void rethrow() const {
    if (error_)
      std::rethrow_exception(error_);
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t count_ = 0;
  std::vector<buffer> spare_; ///< fresh pages cost more than a copy
  std::exception_ptr error_;
};

} // namespace

class blob_writer::impl {
public:
  explicit impl(std::shared_ptr<chunk_store> store)
    : store_(std::move(store)), flight_(std::make_shared<in_flight>()) {
    current_.reserve(chunk_bytes());
  }

  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  ~impl() {
    flight_->wait_idle();
    for (auto& tmp : tmp_)
      remove_file(tmp);
  }

  void append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      auto n = std::min(bytes.size(), chunk_bytes() - current_.size());
      auto part = bytes.first(n);
      current_.insert(current_.end(), part.begin(), part.end());
      bytes = bytes.subspan(n);
      manifest_.bytes += n;
      if (current_.size() == chunk_bytes())
        flush();
    }
  }

  uint64_t bytes() const noexcept { return manifest_.bytes; }

  stored_blob finish(const std::optional<std::string>& expected) {
    if (!current_.empty())
      flush();
    auto sha256 = whole_.finish_hex();
    if (expected && *expected != sha256)
      throw storage_error(storage_errc::hash_mismatch,
                          "the content has SHA-256 " + sha256 + ", not "
                            + *expected);
    post_manifest();
    flight_->wait_idle();
    flight_->rethrow();
    return {sha256, manifest_.bytes, publish(sha256)};
  }

private:
  chunk_store::impl& shared() { return *store_->impl_; }

  size_t chunk_bytes() { return shared().options.chunk_bytes; }

  /// Hashes the current chunk and hands it to the disk.
  void flush() {
    models::sha256 hash;
    hash.update(current_);
    if (manifest_.chunks.empty())
      whole_ = hash; // the first chunk need not be hashed twice
    else
      whole_.update(current_);
    manifest_.chunks.push_back(
      {hash.finish_hex(), static_cast<uint32_t>(current_.size())});
    if (manifest_.chunks.size() > max_chunks)
      throw storage_error(storage_errc::too_large,
                          "a blob has at most " + std::to_string(max_chunks)
                            + " chunks");
    auto next = flight_->wait_for_room();
    next.reserve(chunk_bytes());
    post(std::exchange(current_, std::move(next)));
  }

  /// The manifest goes to disk together with the last chunks; it has its name
  /// only after theirs are durable.
  void post_manifest() {
    auto text = encode(manifest_);
    auto bytes = std::as_bytes(std::span(text));
    flight_->wait_for_room();
    post({bytes.begin(), bytes.end()});
  }

  void post(buffer bytes) {
    tmp_.push_back(shared().files.new_tmp());
    disk_writer::job job{tmp_.back(), std::move(bytes),
                         [flight = flight_](buffer b, std::exception_ptr e) {
                           flight->release(std::move(b), std::move(e));
                         }};
    flight_
      ->began(); // counted last: an error before it leaves nothing to await
    shared().disk.post(std::move(job));
  }

  /// Gives the files their names: chunks first, then the manifest, each made
  /// durable before the next.
  blob_pin publish(const std::string& sha256) {
    auto& files = shared().files;
    auto& guard = shared().guard;
    guard.pin(sha256);
    blob_pin pin(store_.get(), [store = store_, sha256](const void*) {
      store->impl_->guard.unpin(sha256, store->impl_->now());
    });
    guard.publishing(manifest_.chunks);
    std::shared_ptr<void> published(
      nullptr, [&](void*) { guard.published(manifest_.chunks); });
    files.prepare(manifest_.chunks);
    for (size_t i = 0; i < manifest_.chunks.size(); ++i)
      files.rename_to_chunk(tmp_[i], manifest_.chunks[i].sha256);
    files.sync_chunks(manifest_.chunks);
    files.rename_to_blob(tmp_.back(), sha256);
    tmp_.clear();
    return pin;
  }

  std::shared_ptr<chunk_store> store_;
  std::shared_ptr<in_flight> flight_;
  std::vector<std::byte> current_;
  models::sha256 whole_;
  blob_manifest manifest_;
  std::vector<std::filesystem::path> tmp_;
};

blob_writer::blob_writer(std::unique_ptr<impl> it) : impl_(std::move(it)) {}

blob_writer::blob_writer(blob_writer&&) noexcept = default;
blob_writer& blob_writer::operator=(blob_writer&&) noexcept = default;
blob_writer::~blob_writer() = default;

void blob_writer::append(std::span<const std::byte> bytes) {
  impl_->append(bytes);
}

uint64_t blob_writer::bytes() const noexcept {
  return impl_->bytes();
}

stored_blob blob_writer::finish(const std::optional<std::string>& expected) {
  return impl_->finish(expected);
}

blob_writer chunk_store::begin_blob() {
  return blob_writer{std::make_unique<blob_writer::impl>(shared_from_this())};
}

} // namespace roles
