#include <leptond/http/connection.hpp>
#include <leptond/http/server_core.hpp>

namespace leptond::http {

server_core::server_core(router r, server_options o, server_hooks h)
  : io(static_cast<int>(o.threads)),
    routes(std::move(r)),
    options(std::move(o)),
    hooks(std::move(h)) {}

void server_core::insert(const std::shared_ptr<connection>& which) {
  const std::lock_guard guard{mutex_};
  open_.emplace(which.get(), which);
}

void server_core::remove(const connection* which) {
  std::shared_ptr<connection> last; // released outside of the lock
  const std::lock_guard guard{mutex_};
  const auto found = open_.find(which);
  if (found == open_.end())
    return;
  last = std::move(found->second);
  open_.erase(found);
  changed_.notify_all();
}

std::size_t server_core::size() const {
  const std::lock_guard guard{mutex_};
  return open_.size();
}

std::vector<std::shared_ptr<connection>> server_core::all() const {
  const std::lock_guard guard{mutex_};
  std::vector<std::shared_ptr<connection>> out;
  for (const auto& [key, each] : open_)
    out.push_back(each);
  return out;
}

bool server_core::wait_until_empty(std::chrono::milliseconds within) {
  std::unique_lock guard{mutex_};
  return changed_.wait_for(guard, within, [this] { return open_.empty(); });
}

bool server_core::reserve(std::uint64_t bytes) {
  if (buffered_.fetch_add(bytes) + bytes <= options.max_buffered)
    return true;
  buffered_.fetch_sub(bytes);
  return false;
}

void server_core::release(std::uint64_t bytes) {
  buffered_.fetch_sub(bytes);
}

void server_core::report(connection_event event,
                         const std::string& peer) const {
  if (hooks.connection)
    hooks.connection(event, peer);
}

} // namespace leptond::http
