#pragma once

#include <models/rl/environment.hpp>

#include <utility>
#include <vector>

namespace models {

/// Numbers cut into boxes: each number by its edges, ascending, so that k edges
/// make k + 1 parts. The box of some numbers is a state of a table.
class boxes {
public:
  /// @throws std::invalid_argument for no numbers, edges that do not ascend, or
  /// more than 10 million boxes
  explicit boxes(std::vector<std::vector<float>> edges);

  uint32_t features() const { return static_cast<uint32_t>(edges_.size()); }

  /// How many there are.
  uint32_t count() const { return count_; }

  /// @param shown features() numbers
  uint32_t of(const float* shown) const {
    uint32_t box = 0;
    for (auto& edges : edges_) {
      uint32_t part = 0;
      for (auto edge : edges) // few of them, and no branches
        part += *shown >= edge;
      ++shown;
      box = box * static_cast<uint32_t>(edges.size() + 1) + part;
    }
    return box;
  }

  const std::vector<std::vector<float>>& edges() const { return edges_; }

private:
  std::vector<std::vector<float>> edges_;
  uint32_t count_ = 1;
};

/// `parts` equal parts from least to greatest.
std::vector<float> even_edges(float least, float greatest, uint32_t parts);

/// The 162 boxes of Barto, Sutton, Anderson (1983) for `cart_pole`.
boxes cart_pole_boxes();

/// 40 x 40 boxes for `mountain_car`.
boxes mountain_car_boxes();

/// A world that shows numbers, as one with numbered states.
template <control_world World>
class boxed_world {
public:
  explicit boxed_world(boxes cut, World world = {})
    : cut_(std::move(cut)), world_(std::move(world)), shown_(cut_.features()) {}

  uint32_t states() const { return cut_.count(); }

  uint32_t actions() const { return world_.actions(); }

  uint32_t step_limit() const { return world_.step_limit(); }

  uint32_t reset(random_stream& random) {
    world_.reset(random);
    return look();
  }

  world_step step(uint32_t action, random_stream& random) {
    auto [reward, terminal] = world_.step(action, random);
    return {look(), reward, terminal};
  }

  const boxes& cut() const { return cut_; }

private:
  uint32_t look() {
    world_.observe(shown_);
    return cut_.of(shown_.data());
  }

  boxes cut_;
  World world_;
  std::vector<float> shown_;
};

} // namespace models
