#include <roles/compute/worker_pool.hpp>

#include <algorithm>

namespace roles {

void worker_pool::up(const actors::running_child& child) {
  auto memory = child.memory ? child.memory
                             : std::static_pointer_cast<actors::segment_sink>(
                               actors::local_segments());
  std::lock_guard guard{mutex_};
  worker_info info{child.path, child.incarnation, child.handle, child.current,
                   memory};
  if (workers_.contains(child.path))
    early_.push_back(std::move(info));
  else
    admit(std::move(info));
}

void worker_pool::admit(worker_info info) {
  workers_[info.path] = info;
  publish({true, std::move(info)});
}

void worker_pool::down(const actors::running_child& child) {
  std::lock_guard guard{mutex_};
  std::erase_if(early_, [&](auto& x) { return x.current == child.current; });
  auto i = workers_.find(child.path);
  if (i == workers_.end() || i->second.current != child.current)
    return;
  auto info = std::move(i->second);
  workers_.erase(i);
  publish({false, std::move(info)});
  auto next = std::find_if(early_.begin(), early_.end(),
                           [&](auto& x) { return x.path == child.path; });
  if (next == early_.end())
    return;
  info = std::move(*next);
  early_.erase(next);
  admit(std::move(info));
}

void worker_pool::subscribe(const caf::actor& subscriber) {
  std::lock_guard guard{mutex_};
  subscribers_.push_back(subscriber.address());
  for (auto& [path, info] : workers_)
    caf::anon_send(subscriber, worker_change{true, info});
}

std::vector<worker_info> worker_pool::workers() const {
  std::lock_guard guard{mutex_};
  std::vector<worker_info> result;
  for (auto& [path, info] : workers_)
    result.push_back(info);
  return result;
}

/// Under the lock, so that all hear of changes in their order.
void worker_pool::publish(const worker_change& change) {
  std::erase_if(subscribers_, [&](const caf::actor_addr& x) {
    auto ptr = caf::actor_cast<caf::strong_actor_ptr>(x);
    if (ptr)
      caf::anon_send(caf::actor_cast<caf::actor>(ptr), change);
    return !ptr;
  });
}

} // namespace roles
