#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace actors {

/// A message that nobody will handle, and why.
struct dead_letter {
  uint64_t id = 0;          ///< grows by one; given by the box
  int64_t time_ms = 0;      ///< since the epoch, UTC; given by the box
  std::string path;         ///< of the child it was for
  uint64_t incarnation = 0; ///< that was there last
  std::string sender;       ///< its actor; empty if anonymous
  bool request = false;     ///< whether an answer was expected
  std::string message;      ///< as text, bounded
  std::string reason;       ///< for people: the crash, or why it was refused
  uint32_t crashes = 0;     ///< in a row while it was being handled
};

/// The last dead letters of a tree of supervisors, in memory. Thread safe.
class dead_letter_box {
public:
  explicit dead_letter_box(size_t capacity = 1'000) : capacity_{capacity} {}

  /// Gives `x` its id and time and keeps it; drops the oldest beyond capacity.
  void add(dead_letter x);

  /// Those with an id greater than `id`, oldest first, at most `limit`.
  std::vector<dead_letter> since(uint64_t id, size_t limit) const;

  /// How many there have ever been: the id of the newest.
  uint64_t total() const;

private:
  const size_t capacity_;
  mutable std::mutex mutex_; // guards what follows
  uint64_t last_id_ = 0;
  std::deque<dead_letter> letters_;
};

} // namespace actors
