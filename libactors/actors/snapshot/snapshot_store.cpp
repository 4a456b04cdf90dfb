#include <actors/snapshot/snapshot_store.hpp>

#include <algorithm>

namespace actors {

snapshot_store::~snapshot_store() = default;

void memory_snapshot_store::save(const std::string& key, std::string bytes) {
  std::lock_guard guard{mutex_};
  auto& known = entries_[key];
  known.kept.push_back({++known.last, std::move(bytes)});
  if (known.kept.size() > keep_)
    known.kept.pop_front();
}

std::optional<snapshot> memory_snapshot_store::newest(const std::string& key) {
  std::lock_guard guard{mutex_};
  auto i = entries_.find(key);
  if (i == entries_.end() || i->second.kept.empty())
    return std::nullopt;
  return i->second.kept.back();
}

void memory_snapshot_store::set_aside(const std::string& key, uint64_t number) {
  std::lock_guard guard{mutex_};
  auto i = entries_.find(key);
  if (i != entries_.end())
    std::erase_if(i->second.kept,
                  [&](const snapshot& x) { return x.number == number; });
}

} // namespace actors
