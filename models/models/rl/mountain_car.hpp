#pragma once

#include <models/rl/environment.hpp>

#include <array>
#include <string>
#include <vector>

namespace models {

/// A car in a valley whose engine is too weak for the hill: it has to swing.
/// Pushes to the left, not at all, to the right; each step costs 1 until the
/// position is 0.5, or 1000 steps are done.
///
/// It shows: position (-1.2 to 0.6), speed (-0.07 to 0.07).
/// Source: Sutton, Barto (2018), "Reinforcement Learning", example 10.1.
class mountain_car {
public:
  uint32_t features() const { return 2; }

  uint32_t actions() const { return 3; }

  uint32_t step_limit() const { return 1000; }

  /// The position evenly from [-0.6, -0.4), at rest.
  void reset(random_stream& random);

  control_step step(uint32_t action, random_stream& random);

  void observe(std::span<float> out) const;

  static std::vector<std::string> action_names() {
    return {"left", "none", "right"};
  }

  static std::vector<std::string> feature_names() {
    return {"position", "speed"};
  }

  /// What the numbers are about at most.
  static std::array<float, 2> scales() { return {0.6f, 0.035f}; }

private:
  double position_ = 0;
  double speed_ = 0;
};

} // namespace models
