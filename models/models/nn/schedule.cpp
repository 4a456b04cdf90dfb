#include <models/core/power.hpp>
#include <models/core/words.hpp>
#include <models/nn/schedule.hpp>

#include <algorithm>
#include <stdexcept>

namespace models {

namespace {

constexpr enum_words<schedule, 4> words{
  "schedule", {"constant", "step", "cosine", "plateau"}};

void require(bool good, const char* what) {
  if (!good)
    throw std::invalid_argument(std::string("schedule: ") + what);
}

/// cos(pi t) for t in [0, 1] by a fixed polynomial: the C library's may differ
/// in the last bit between processors. Within 1e-11.
double cosine_of_half_turns(double t) {
  auto x = 3.14159265358979323846 * (0.5 - t);
  auto xx = x * x;
  double sum = 0;
  double term = x; // the sine of x
  for (int n = 1; n < 20; n += 2) {
    sum += term;
    term *= -xx / ((n + 1) * (n + 2));
  }
  return sum;
}

} // namespace

std::string to_string(schedule kind) {
  return words.word_of(kind);
}

schedule schedule_from(std::string_view word) {
  return words.value_of(word);
}

void check(const schedule_config& c) {
  require(c.kind <= schedule::plateau, "unknown kind");
  require(c.every >= 1 && c.every <= 1000000, "every must be 1 to 1000000");
  require(c.factor > 0 && c.factor < 1, "factor must be in (0, 1)");
  require(c.floor >= 0 && c.floor <= 1, "floor must be in [0, 1]");
}

float rate_share(const schedule_config& c,
                 uint64_t step,
                 uint32_t steps,
                 uint32_t epochs,
                 uint32_t drops) {
  double share = 1;
  switch (c.kind) {
  case schedule::constant:
    break;
  case schedule::step:
    share = power(c.factor, step / steps / c.every);
    break;
  case schedule::plateau:
    share = power(c.factor, drops);
    break;
  case schedule::cosine: {
    auto all = static_cast<double>(uint64_t{steps} * epochs);
    auto t = std::min(static_cast<double>(step) / all, 1.0);
    share = c.floor + (1 - c.floor) * (1 + cosine_of_half_turns(t)) / 2;
  }
  }
  share = std::max<double>(share, c.floor);
  if (step < c.warm_up)
    share *= static_cast<double>(step + 1) / c.warm_up;
  return static_cast<float>(share);
}

uint32_t count_drops(const schedule_config& c, std::span<const double> losses) {
  if (c.kind != schedule::plateau || losses.empty())
    return 0;
  auto best = losses[0];
  uint32_t drops = 0, without = 0;
  for (auto loss : losses.subspan(1)) {
    without = loss < best ? 0 : without + 1;
    best = std::min(best, loss);
    if (without == c.every) {
      ++drops;
      without = 0;
    }
  }
  return drops;
}

} // namespace models
