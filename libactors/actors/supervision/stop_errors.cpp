#include <actors/supervision/stop_errors.hpp>

#include <algorithm>
#include <utility>

namespace actors {

void stop_errors::add(exit_status why, duration took) {
  for (auto& x : entries_)
    if (x.why.how == why.how && x.why.text == why.text) {
      ++x.count;
      x.took = std::max(x.took, took);
      return;
    }
  constexpr size_t most_reasons = 50;
  if (entries_.size() == most_reasons)
    entries_.push_back(
      {{exit_status::kind::crashed, "other reasons"}, took, 0});
  if (entries_.size() > most_reasons)
    ++entries_.back().count;
  else
    entries_.push_back({std::move(why), took, 1});
}

std::vector<stop_errors::entry> stop_errors::take() {
  return std::exchange(entries_, {});
}

} // namespace actors
