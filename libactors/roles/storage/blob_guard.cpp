#include <roles/storage/blob_guard.hpp>

namespace roles {

void blob_guard::pin(const std::string& blob) {
  std::lock_guard guard{mutex_};
  ++pins_[blob];
  if (sweeping_)
    kept_blobs_.insert(blob);
}

void blob_guard::unpin_locked(const std::string& blob) {
  auto it = pins_.find(blob);
  if (--it->second == 0)
    pins_.erase(it);
}

void blob_guard::unpin(const std::string& blob, time_point now) {
  std::lock_guard guard{mutex_};
  unpin_locked(blob);
  touched_[blob] = now;
}

void blob_guard::forsake(const std::string& blob) {
  std::lock_guard guard{mutex_};
  touched_[blob] = time_point::min();
}

void blob_guard::forget(const std::string& blob) {
  std::lock_guard guard{mutex_};
  unpin_locked(blob);
}

void blob_guard::publishing(const std::vector<chunk_ref>& chunks) {
  std::lock_guard guard{mutex_};
  for (auto& c : chunks) {
    unpublished_.insert(c.sha256);
    if (sweeping_)
      kept_chunks_.insert(c.sha256);
  }
}

void blob_guard::published(const std::vector<chunk_ref>& chunks) {
  std::lock_guard guard{mutex_};
  for (auto& c : chunks)
    unpublished_.erase(unpublished_.find(c.sha256));
}

void blob_guard::begin_sweep() {
  std::lock_guard guard{mutex_};
  sweeping_ = true;
  kept_blobs_.clear();
  kept_chunks_ = {unpublished_.begin(), unpublished_.end()};
}

void blob_guard::end_sweep(time_point now) {
  std::lock_guard guard{mutex_};
  sweeping_ = false;
  kept_blobs_.clear();
  kept_chunks_.clear();
  std::erase_if(touched_, [&](auto& t) { return t.second + grace_ <= now; });
}

bool blob_guard::remove_blob(const std::string& blob,
                             time_point now,
                             const std::function<void()>& remove) {
  std::lock_guard guard{mutex_};
  auto touched = touched_.find(blob);
  auto last = touched == touched_.end() ? opened_ : touched->second;
  if (pins_.contains(blob) || kept_blobs_.contains(blob) || last + grace_ > now)
    return false;
  remove();
  return true;
}

bool blob_guard::remove_chunk(const std::string& chunk,
                              const std::function<void()>& remove) {
  std::lock_guard guard{mutex_};
  if (kept_chunks_.contains(chunk))
    return false;
  remove();
  return true;
}

} // namespace roles
