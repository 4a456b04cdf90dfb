#include <actors/observe/dead_letters.hpp>

#include <algorithm>
#include <chrono>

namespace actors {

void dead_letter_box::add(dead_letter x) {
  using namespace std::chrono;
  x.time_ms =
    duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  std::lock_guard guard{mutex_};
  x.id = ++last_id_;
  letters_.push_back(std::move(x));
  if (letters_.size() > capacity_)
    letters_.pop_front();
}

std::vector<dead_letter> dead_letter_box::since(uint64_t id,
                                                size_t limit) const {
  std::lock_guard guard{mutex_};
  auto first = std::upper_bound(
    letters_.begin(), letters_.end(), id,
    [](uint64_t value, const dead_letter& x) { return value < x.id; });
  auto n = std::min(limit, static_cast<size_t>(letters_.end() - first));
  return {first, first + static_cast<std::ptrdiff_t>(n)};
}

uint64_t dead_letter_box::total() const {
  std::lock_guard guard{mutex_};
  return last_id_;
}

} // namespace actors
