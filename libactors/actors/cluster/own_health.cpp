#include <actors/cluster/own_health.hpp>

#include <algorithm>
#include <cmath>

namespace actors {

namespace {

constexpr size_t most_kinds = 64;
constexpr uint64_t steps_to_know = 64;
constexpr double long_rate = 1.0 / 256;
constexpr double short_rate = 1.0 / 8;
constexpr double twice = 0.693147; // log(2)
constexpr uint32_t growth_in_a_row = 8;
constexpr double long_queue = 64;
constexpr auto log_window = std::chrono::seconds{10};
constexpr auto fatal_for = std::chrono::minutes{1};
constexpr double errors_to_care = 10;
constexpr double errors_over_usual = 5;

constexpr std::array<std::string_view, 10> fatal_patterns{
  "out of memory",
  "oom-kill",
  "cannot allocate memory",
  "bad_alloc",
  "i/o error",
  "input/output error",
  "no space left",
  "read-only file system",
  "machine check",
  "uncorrectable error"};

bool contains_folded(std::string_view text, std::string_view lower) {
  auto same = [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  };
  return std::search(text.begin(), text.end(), lower.begin(), lower.end(), same)
         != text.end();
}

} // namespace

// -- steps --------------------------------------------------------------------

void step_history::add(double took) {
  if (!(took > 0))
    return;
  auto x = std::log(took);
  // Sick times hardly teach what is usual.
  auto rate = slow() ? long_rate / 16
                     : std::max(long_rate, 1.0 / static_cast<double>(++count_));
  auto distance = x - long_;
  long_ += rate * distance;
  variance_ = (1 - rate) * (variance_ + rate * distance * distance);
  short_ +=
    std::max(short_rate, 1.0 / static_cast<double>(count_)) * (x - short_);
}

bool step_history::slow() const {
  // An average that forgets at rate r has r/(2-r) of the variance.
  auto deviation = std::sqrt(variance_ * short_rate / (2 - short_rate));
  return count_ >= steps_to_know
         && short_ - long_ > std::max(twice, 4 * deviation);
}

double step_history::usual() const {
  return std::exp(long_);
}

double step_history::recent() const {
  return std::exp(short_);
}

// -- queues -------------------------------------------------------------------

void queue_history::add(double length) {
  auto shorter = length < last_ || length == 0;
  growth_ = shorter ? 0 : growth_ + 1;
  last_ = length;
  usual_ += (growing() ? long_rate / 16 : 1.0 / 64) * (length - usual_);
}

bool queue_history::growing() const {
  return growth_ >= growth_in_a_row && last_ > long_queue && last_ > 4 * usual_;
}

// -- log ----------------------------------------------------------------------

std::string_view log_history::fatal_pattern(std::string_view text) {
  for (auto x : fatal_patterns)
    if (contains_folded(text, x))
      return x;
  return {};
}

void log_history::line(std::string_view text, bool error, time_point now) {
  roll(now);
  if (!error)
    return; // who quotes an error does not have one
  errors_ += 1;
  if (auto pattern = fatal_pattern(text); !pattern.empty()) {
    fatal_ = pattern;
    fatal_at_ = now;
  }
}

void log_history::roll(time_point now) {
  if (window_begins_ == time_point{})
    window_begins_ = now;
  for (int i = 0; i < 64 && now - window_begins_ >= log_window; ++i) {
    usual_ += (errors_ - usual_) / 32;
    errors_ = 0;
    window_begins_ += log_window;
  }
  if (now - window_begins_ >= log_window)
    window_begins_ = now;
}

std::vector<evidence> log_history::why(time_point now) const {
  std::vector<evidence> result;
  if (now - window_begins_ < log_window && errors_ >= errors_to_care
      && errors_ > errors_over_usual * usual_)
    result.push_back(
      {evidence_kind::log_errors, errors_, usual_, {}, window_begins_});
  if (!fatal_.empty() && now - fatal_at_ < fatal_for)
    result.push_back({evidence_kind::log_fatal, 1, 0, fatal_, fatal_at_});
  return result;
}

// -- all ----------------------------------------------------------------------

void own_health::step(const std::string& what, double seconds) {
  if (steps_.size() < most_kinds || steps_.count(what) > 0)
    steps_[what].add(seconds);
}

void own_health::queue(const std::string& what, double length) {
  if (queues_.size() < most_kinds || queues_.count(what) > 0)
    queues_[what].add(length);
}

void own_health::log_line(std::string_view text, bool error, time_point now) {
  log_.line(text, error, now);
}

std::vector<evidence> own_health::why(time_point now) const {
  auto result = log_.why(now);
  for (auto& [name, x] : queues_)
    if (x.growing())
      result.push_back(
        {evidence_kind::queue_growth, x.length(), x.usual(), name, now});
  for (auto& [name, x] : steps_)
    if (x.slow())
      result.push_back(
        {evidence_kind::slow_steps, x.recent(), x.usual(), name, now});
  return result;
}

evidence_bits own_health::bits(time_point now) const {
  evidence_bits result = 0;
  for (auto& x : why(now))
    result = static_cast<evidence_bits>(result | bit_of(x.kind));
  return result;
}

} // namespace actors
