#include <actors/observe/trace_buffer.hpp>

#include <algorithm>

namespace actors {

uint64_t trace_buffer::add(traced_message x) {
  using namespace std::chrono;
  x.time_us =
    duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  std::lock_guard guard{mutex_};
  x.id = ++last_id_;
  messages_.push_back(std::move(x));
  if (messages_.size() > capacity_)
    messages_.pop_front();
  return last_id_;
}

std::vector<traced_message> trace_buffer::since(uint64_t id) const {
  std::lock_guard guard{mutex_};
  auto first = std::upper_bound(
    messages_.begin(), messages_.end(), id,
    [](uint64_t value, const traced_message& x) { return value < x.id; });
  return {first, messages_.end()};
}

uint64_t trace_buffer::last_id() const {
  std::lock_guard guard{mutex_};
  return last_id_;
}

} // namespace actors
