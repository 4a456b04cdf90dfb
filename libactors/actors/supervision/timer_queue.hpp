#pragma once

#include <actors/supervision/policy.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace actors {

/// Timers of a supervisor, so that it needs to be woken for the earliest only:
/// CAF's clock takes a lock and wakes a thread for each of its own. Not thread
/// safe.
class timer_queue {
public:
  void add(time_point due, uint64_t timer) {
    heap_.emplace_back(due, timer);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
  }

  /// When the earliest is due.
  std::optional<time_point> next() const {
    if (heap_.empty())
      return std::nullopt;
    return heap_.front().first;
  }

  /// Takes out the earliest if it is due at `now`.
  std::optional<uint64_t> pop(time_point now) {
    if (heap_.empty() || heap_.front().first > now)
      return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
    auto timer = heap_.back().second;
    heap_.pop_back();
    return timer;
  }

  size_t size() const { return heap_.size(); }

private:
  std::vector<std::pair<time_point, uint64_t>> heap_;
};

} // namespace actors
