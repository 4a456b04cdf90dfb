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
  caf::actor current;       ///< this incarnation and no other
  std::shared_ptr<actors::segment_sink> memory; ///< where to offer segments
};

/// What subscribers are sent: a worker runs, or an incarnation is certainly
/// gone (its process has been reaped, its actor has ended). Of one path, these
/// come in turns.
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
  void down(const actors::running_child& child);

  /// Sends `worker_change` for every worker that runs, then for each change.
  /// A subscriber that has ended is forgotten.
  void subscribe(const caf::actor& subscriber);

  std::vector<worker_info> workers() const;

private:
  void publish(const worker_change& change);
  void admit(worker_info info);

  mutable std::mutex mutex_; // guards what follows
  std::map<std::string, worker_info> workers_;
  /// Started while the one before is still about to end, which can be when
  /// their supervisor was killed.
  std::vector<worker_info> early_;
  std::vector<caf::actor_addr> subscribers_;
};

} // namespace roles

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::worker_change)
