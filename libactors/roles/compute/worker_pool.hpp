#pragma once

#include <actors/supervision/spec.hpp>

#include <caf/all.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace roles {

/// A compute worker that runs.
struct worker_info {
  std::string path;         ///< `alpha/compute/workers/worker-1`
  uint64_t incarnation = 0; ///< of the worker
  caf::actor handle;        ///< its stable handle
  std::shared_ptr<actors::segment_sink> memory; ///< where to offer segments
};

/// What subscribers are sent: a worker runs, or an incarnation is certainly
/// gone (its process has been reaped, its actor has ended).
struct worker_change {
  bool up;
  worker_info worker;
};

/// Who works on this node, kept by the supervisor of the workers through the
/// hooks of their specifications. Thread safe.
class worker_pool {
public:
  /// From `child_spec::on_up` and `on_down`.
  void up(const actors::running_child& child);
  void down(const std::string& path, uint64_t incarnation);

  /// Sends `worker_change` for every worker that runs, then for each change.
  /// A subscriber that has ended is forgotten.
  void subscribe(const caf::actor& subscriber);

  std::vector<worker_info> workers() const;

private:
  void publish(const worker_change& change);

  mutable std::mutex mutex_; // guards what follows
  std::map<std::string, worker_info> workers_;
  std::vector<caf::actor_addr> subscribers_;
};

} // namespace roles

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::worker_change)
