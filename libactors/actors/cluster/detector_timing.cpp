#include <actors/cluster/detector_timing.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

namespace actors {

namespace {

constexpr double shortest_interval = 0.01; // seconds
constexpr double longest_detection = 600;  // seconds
constexpr double widening = 1.1;
constexpr int fewest_beats = 3;
constexpr int most_beats = 64;
constexpr double clock_noise = 0.0005; // seconds; no scheduler is better

double seconds(duration x) {
  return std::chrono::duration<double>(x).count();
}

/// Bounded: a mistake period may be longer than nanoseconds can tell.
duration from_seconds(double x) {
  constexpr double century = 3.2e9;
  return std::chrono::duration_cast<duration>(
    std::chrono::duration<double>(std::clamp(x, 0.0, century)));
}

/// The longest interval that keeps mistakes apart, if any does.
std::optional<double>
longest_interval(double time, double period, double variance, double loss) {
  for (int beats = fewest_beats; beats <= most_beats; ++beats) {
    auto interval = time / beats;
    if (interval < shortest_interval)
      return std::nullopt;
    if (mistake_bound(interval, time, variance, loss) >= period)
      return interval;
  }
  return std::nullopt;
}

std::string no_words(double wanted, double got, const link_quality& link) {
  std::array<char, 200> text{};
  std::snprintf(text.data(), text.size(),
                "wanted %.2f s, this link allows %.2f s: delay %.1f ms, "
                "jitter %.1f ms, loss %.1f %%",
                wanted, got, seconds(link.delay) * 1e3,
                seconds(link.jitter) * 1e3, link.loss * 100);
  return text.data();
}

} // namespace

double
mistake_bound(double interval, double time, double variance, double loss) {
  auto beats = static_cast<int>(std::ceil(time / interval - 1e-9));
  auto bound = interval;
  for (int j = 1; j < beats; ++j) {
    auto rest = time - j * interval;
    bound *= (variance + rest * rest) / (variance + loss * rest * rest);
  }
  return bound;
}

detector_timing derive_timing(const detector_goal& goal, link_quality link) {
  link.loss = std::clamp(link.loss, 0.0, 0.95);
  auto wanted = seconds(goal.detect_within);
  auto period = seconds(goal.mistake_period);
  auto delay = seconds(link.delay);
  auto deviation = std::max(seconds(link.jitter), clock_noise);
  auto variance = deviation * deviation;
  for (auto detection = wanted;; detection *= widening) {
    auto time = detection * suspicion_share - delay;
    auto interval = time > 0
                      ? longest_interval(time, period, variance, link.loss)
                      : std::nullopt;
    auto last = detection > std::max(longest_detection, wanted);
    if (!interval && !last)
      continue;
    detector_timing x;
    auto used = interval.value_or(std::max(time, wanted) / most_beats);
    x.interval = from_seconds(used);
    x.margin = from_seconds(std::max(time, wanted) - used);
    if (interval)
      x.margin = from_seconds(time - used);
    x.detect_within = from_seconds(detection);
    x.mistake_period = from_seconds(
      mistake_bound(used, std::max(time, used), variance, link.loss));
    x.reachable = detection == wanted && interval;
    if (!x.reachable)
      x.why = no_words(wanted, detection, link);
    return x;
  }
}

} // namespace actors
