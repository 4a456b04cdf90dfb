#pragma once

#include <actors/supervision/policy.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace actors {

/// The restarts of the last `within`, at most `max_restarts` of them. A ring,
/// so that adding one costs the same however many there were (OTP keeps a
/// list and walks it).
class restart_window {
public:
  restart_window(uint32_t max_restarts, duration within)
    : limit_{max_restarts}, within_{within} {}

  /// Counts a restart at `now`, which must not go backwards.
  /// @returns whether the budget allows it. A restart exactly `within` ago
  /// still counts (OTP's boundary).
  bool add(time_point now) {
    drop_before(now);
    if (size_ >= limit_)
      return false;
    if (size_ == ring_.size())
      grow();
    ring_[(head_ + size_) % ring_.size()] = now;
    ++size_;
    return true;
  }

  /// How many restarts are still allowed at `now`.
  uint32_t left(time_point now) {
    drop_before(now);
    auto used = static_cast<uint32_t>(size_);
    return used < limit_ ? limit_ - used : 0;
  }

  /// Other limits from `now` on; what is in the window stays counted.
  void change(uint32_t max_restarts, duration within, time_point now) {
    drop_before(now);
    limit_ = max_restarts;
    within_ = within;
  }

private:
  /// Makes room for more, up to the limit, as many as are really in the window.
  void grow() {
    std::rotate(ring_.begin(), ring_.begin() + static_cast<ptrdiff_t>(head_),
                ring_.end());
    head_ = 0;
    ring_.resize(std::min<size_t>(limit_, std::max<size_t>(4, 2 * size_)));
  }

  void drop_before(time_point now) {
    while (size_ > 0 && now - ring_[head_] > within_) {
      head_ = (head_ + 1) % ring_.size();
      --size_;
    }
  }

  uint32_t limit_;
  duration within_;
  std::vector<time_point> ring_; // at most limit_ long, oldest at head_
  size_t head_ = 0;
  size_t size_ = 0;
};

} // namespace actors
