#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace actors {

/// A message that went to a child through its handle, or the answer to one, as
/// `lepton trace` shows it.
struct traced_message {
  uint64_t id = 0;     ///< grows by one; given by the buffer
  int64_t time_us = 0; ///< since the epoch, UTC; given by the buffer
  std::string sender;  ///< its actor; empty if anonymous
  bool request = false;
  std::string message;  ///< as text, bounded
  std::string outcome;  ///< delivered, held, dropped or refused; of an answer
                        ///< answered, failed (an error) or unanswered
  uint64_t answers = 0; ///< the id of the request, of an answer
  int64_t latency_us = -1; ///< of an answer, since it passed the handle
};

/// The last messages to one child, while somebody looks. Thread safe. It is
/// kept alive by those who read: without one for a lease it is done.
class trace_buffer {
public:
  using clock = std::chrono::steady_clock;

  explicit trace_buffer(size_t capacity = 1'000) : capacity_{capacity} {}

  /// Gives `x` its id and time and keeps it; drops the oldest beyond capacity.
  /// @returns the id
  uint64_t add(traced_message x);

  /// Those with an id greater than `id`, oldest first. Gaps between the ids
  /// tell what was dropped.
  std::vector<traced_message> since(uint64_t id) const;

  /// The id of the newest message; 0 if there was none.
  uint64_t last_id() const;

  void extend(clock::duration lease) {
    until_ = (clock::now() + lease).time_since_epoch().count();
  }

  bool expired() const {
    return clock::now().time_since_epoch().count() > until_;
  }

private:
  const size_t capacity_;
  std::atomic<clock::rep> until_{0};
  mutable std::mutex mutex_; // guards what follows
  uint64_t last_id_ = 0;
  std::deque<traced_message> messages_;
};

} // namespace actors
