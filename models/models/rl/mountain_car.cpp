#include <models/rl/mountain_car.hpp>

#include <algorithm>
#include <cmath>

namespace models {

void mountain_car::reset(random_stream& random) {
  position_ = random.uniform() * 0.2 - 0.6;
  speed_ = 0;
}

control_step mountain_car::step(uint32_t action, random_stream&) {
  auto push = static_cast<double>(action) - 1;
  speed_ += 0.001 * push - 0.0025 * std::cos(3 * position_);
  speed_ = std::clamp(speed_, -0.07, 0.07);
  position_ = std::clamp(position_ + speed_, -1.2, 0.6);
  if (position_ <= -1.2 && speed_ < 0)
    speed_ = 0;
  return {-1, position_ >= 0.5};
}

void mountain_car::observe(std::span<float> out) const {
  out[0] = static_cast<float>(position_);
  out[1] = static_cast<float>(speed_);
}

} // namespace models
