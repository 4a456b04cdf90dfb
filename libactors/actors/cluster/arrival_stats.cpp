#include <actors/cluster/arrival_stats.hpp>

#include <algorithm>
#include <cmath>

namespace actors {

namespace {

constexpr double fades_at = 512;      // heartbeats
constexpr uint64_t longest_gap = 256; // more is a pause, not loss
constexpr double least_jitter = 0.0005;
constexpr double highest_phi = 300;

double seconds(duration x) {
  return std::chrono::duration<double>(x).count();
}

duration from_seconds(double x) {
  return std::chrono::duration_cast<duration>(std::chrono::duration<double>(x));
}

} // namespace

void arrival_stats::arrived(uint64_t seq,
                            duration interval,
                            bool rebased,
                            bool count_time,
                            duration limit,
                            time_point now) {
  if (seq == 0 || interval <= duration{0})
    return;
  auto first = !heard();
  auto gap = seq > last_seq_ ? seq - last_seq_ : 0;
  count(seq);
  if (gap == 0)
    return; // overtaken by a later one
  last_arrival_ = now;
  interval_ = interval;
  if (first || gap > longest_gap) {
    nominal_ = now;
    return;
  }
  nominal_ += interval * static_cast<int64_t>(gap);
  auto usual = expected() - interval_ - nominal_;
  if (count_time)
    sample(now - nominal_, limit);
  if (rebased)
    nominal_ = now - usual;
}

void arrival_stats::count(uint64_t seq) {
  if (seq > last_seq_) {
    auto gap = last_seq_ == 0 ? 1 : seq - last_seq_;
    seen_ = gap < 64 ? (seen_ << gap) | 1U : 1U;
    last_seq_ = seq;
    if (gap <= longest_gap)
      sent_ += static_cast<double>(gap);
    else
      sent_ += 1;
    received_ += 1;
  } else if (auto back = last_seq_ - seq;
             back < 64 && !((seen_ >> back) & 1U)) {
    seen_ |= uint64_t{1} << back;
    received_ += 1;
  }
  if (sent_ > fades_at) {
    sent_ /= 2;
    received_ /= 2;
  }
}

void arrival_stats::sample(duration deviation, duration limit) {
  auto x = std::clamp(seconds(deviation), -seconds(limit), seconds(limit));
  auto& place = deviations_[samples_ % window];
  sum_ += x - (samples_ < window ? 0 : place);
  place = x;
  ++samples_;
  if (samples_ % window == 0)
    recentre();
}

/// Two clocks never run alike: without this the deviations would grow for ever.
void arrival_stats::recentre() {
  auto mean = sum_ / static_cast<double>(window);
  nominal_ += from_seconds(mean);
  for (auto& x : deviations_)
    x -= mean;
  sum_ = 0;
}

time_point arrival_stats::expected() const {
  auto n = std::min(samples_, window);
  auto mean = n == 0 ? 0 : sum_ / static_cast<double>(n);
  return nominal_ + interval_ + from_seconds(mean);
}

duration arrival_stats::jitter() const {
  auto n = std::min(samples_, window);
  if (n < 2)
    return duration{0};
  auto mean = sum_ / static_cast<double>(n);
  double squares = 0;
  for (size_t i = 0; i < n; ++i)
    squares += (deviations_[i] - mean) * (deviations_[i] - mean);
  return from_seconds(std::sqrt(squares / static_cast<double>(n - 1)));
}

double arrival_stats::loss() const {
  return std::clamp((sent_ - received_ + 0.5) / (sent_ + 1), 0.0, 1.0);
}

double arrival_stats::phi(time_point now) const {
  if (!heard() || now <= expected())
    return 0;
  auto late = seconds(now - expected());
  auto deviations = late / std::max(seconds(jitter()), least_jitter);
  auto later = 0.5 * std::erfc(deviations / std::sqrt(2.0));
  return later > 0 ? std::min(-std::log10(later), highest_phi) : highest_phi;
}

} // namespace actors
