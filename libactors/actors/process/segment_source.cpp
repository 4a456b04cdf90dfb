#include <actors/process/process_error.hpp>
#include <actors/process/segment_source.hpp>

namespace actors {

segment_source::~segment_source() = default;

segment_sink::~segment_sink() = default;

caf::expected<segment_ptr> segment_registry::attach(uint64_t id,
                                                    std::chrono::milliseconds) {
  std::lock_guard guard{mutex_};
  auto entry = segments_.find(id);
  if (entry != segments_.end())
    if (auto segment = entry->second.lock())
      return segment;
  return make_process_error(process_errc::segment_failed,
                            "no segment " + std::to_string(id)
                              + " in this process: was it offered, and is it "
                                "still held?");
}

caf::error segment_registry::offer(const segment_ptr& segment) {
  std::lock_guard guard{mutex_};
  for (auto i = segments_.begin(); i != segments_.end();)
    i = i->second.expired() ? segments_.erase(i) : std::next(i);
  segments_[segment->id()] = segment;
  return caf::none;
}

const std::shared_ptr<segment_registry>& local_segments() {
  static auto instance = std::make_shared<segment_registry>();
  return instance;
}

} // namespace actors
