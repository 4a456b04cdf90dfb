#pragma once

#include <actors/observe/event.hpp>

#include <deque>
#include <functional>
#include <mutex>
#include <vector>

namespace actors {

/// The last events of a node, in memory, and those who want to hear of new
/// ones. Thread safe; a listener runs in the thread of the one who adds, with
/// no lock held, and must be quick.
class event_log {
public:
  using listener = std::function<void(const event&)>;

  explicit event_log(size_t capacity = 10'000) : capacity_{capacity} {}

  /// Gives `x` its id and time and keeps it; drops the oldest beyond capacity.
  void add(event x);

  /// Events with an id greater than `id`, oldest first, at most `limit`.
  std::vector<event> since(uint64_t id, size_t limit) const;

  /// The id of the newest event; 0 if there was none.
  uint64_t last_id() const;

  /// Calls `f` for every event from now on. Listeners are never removed.
  void listen(listener f);

private:
  size_t capacity_;
  mutable std::mutex mutex_; // guards what follows
  uint64_t last_id_ = 0;
  std::deque<event> events_;
  std::vector<listener> listeners_;
};

} // namespace actors
