#pragma once

#include <roles/storage/blob_manifest.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace roles {

/// Who must not be removed by a sweep: pinned blobs, those asked for lately,
/// and the chunks of writers that have not published their manifest. Decides
/// only; the caller removes inside `if_removable`. Thread-safe.
class blob_guard {
public:
  using time_point = std::chrono::steady_clock::time_point;

  blob_guard(std::chrono::seconds grace, time_point opened)
    : grace_(grace), opened_(opened) {}

  void pin(const std::string& blob);

  /// Also starts the blob's grace anew.
  void unpin(const std::string& blob, time_point now);

  /// Ends the blob's grace, until somebody pins it again.
  void forsake(const std::string& blob);

  /// Undoes `pin` of a blob that is not there.
  void forget(const std::string& blob);

  /// Between these two a writer's chunks may lie there without a manifest.
  void publishing(const std::vector<chunk_ref>& chunks);
  void published(const std::vector<chunk_ref>& chunks);

  void begin_sweep();
  void end_sweep(time_point now);

  /// Calls `remove` when nothing speaks against it; nobody pins or publishes
  /// meanwhile. @returns whether it did.
  bool remove_blob(const std::string& blob,
                   time_point now,
                   const std::function<void()>& remove);
  bool remove_chunk(const std::string& chunk,
                    const std::function<void()>& remove);

private:
  void unpin_locked(const std::string& blob);

  std::mutex mutex_;
  std::chrono::seconds grace_;
  time_point opened_;
  std::map<std::string, size_t> pins_;
  std::map<std::string, time_point> touched_;
  std::multiset<std::string> unpublished_;
  bool sweeping_ = false;
  std::set<std::string> kept_chunks_; ///< by writers during this sweep
  std::set<std::string> kept_blobs_;  ///< pinned during this sweep
};

} // namespace roles
