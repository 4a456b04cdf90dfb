#pragma once

#include <models/rl/environment.hpp>

#include <array>
#include <string>
#include <vector>

namespace models {

/// A pole on a cart that is pushed to the left or to the right, 50 times a
/// second. Each step is worth 1, until the pole leans more than 12 degrees or
/// the cart is more than 2.4 m away, or 500 steps are done.
///
/// It shows: position (m), speed (m/s), angle (rad), angular speed (rad/s).
/// Source: Barto, Sutton, Anderson (1983), "Neuronlike adaptive elements that
/// can solve difficult learning control problems"; without friction, by
/// Euler's method with 0.02 s, as usual since.
class cart_pole {
public:
  uint32_t features() const { return 4; }

  uint32_t actions() const { return 2; }

  uint32_t step_limit() const { return 500; }

  /// All four numbers evenly from [-0.05, 0.05).
  void reset(random_stream& random);

  control_step step(uint32_t action, random_stream& random);

  void observe(std::span<float> out) const;

  /// The four numbers, to begin elsewhere.
  std::array<double, 4>& now() { return now_; }

  static std::vector<std::string> action_names() { return {"left", "right"}; }

  static std::vector<std::string> feature_names() {
    return {"position", "speed", "angle", "angular_speed"};
  }

  /// What the numbers are about at most.
  static std::array<float, 4> scales() { return {2.4f, 3, 0.2f, 3}; }

private:
  std::array<double, 4> now_{};
};

} // namespace models
