#pragma once

// Worlds of cells, from a map as text. The cliff and the frozen lake are two of
// them.

#include <models/rl/environment.hpp>
#include <models/rl/mdp.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace models {

/// A walk on a map: up, right, down, left. Who would leave the map or go into
/// a wall stays. Letters: `S` a start (of several one at random), `G` a goal,
/// `H` a hole, `C` a cliff, `#` a wall, `.` or `F` free ground. Goals and holes
/// end the episode; who steps on a cliff is put to the first start.
///
/// Lines of NAME VALUE before the map change: `slip` (0: probability to go to
/// the one or the other side instead, half each); the rewards `step` (-1), and
/// instead of it where the step ends `goal` (-1), `hole` (-100), `cliff`
/// (-100); and `limit` (1000: steps of an episode). `;` begins a comment.
class grid_world {
public:
  static constexpr uint32_t most_cells = 1'000'000;

  /// @throws data_error with path, line and column
  explicit grid_world(std::string_view text, const std::string& path = "map");

  uint32_t states() const { return static_cast<uint32_t>(cells_.size()); }

  uint32_t actions() const { return 4; }

  uint32_t step_limit() const { return limit_; }

  uint32_t reset(random_stream& random) {
    auto n = static_cast<uint32_t>(starts_.size());
    return at_ = starts_[n == 1 ? 0 : random.below(n)];
  }

  world_step step(uint32_t action, random_stream& random) {
    if (slip_ > 0) {
      auto x = random.uniform();
      if (x < slip_)
        action = (action + (x < slip_ / 2 ? 1 : 3)) % 4;
    }
    auto& taken = ways_[at_ * 4 + action];
    at_ = taken.to;
    return {taken.to, taken.reward, taken.terminal};
  }

  /// The same world as a process with known transitions: goals and holes are
  /// states without actions.
  mdp process(double discount) const;

  /// "row,column" of each cell, from 0.
  std::vector<std::string> state_names() const;

  static std::vector<std::string> action_names() {
    return {"up", "right", "down", "left"};
  }

private:
  friend class grid_reader;

  grid_world() = default;

  struct way {
    uint32_t to = 0;
    double reward = 0;
    bool terminal = false;
  };

  bool ends(uint32_t place) const {
    return cells_[place] == 'G' || cells_[place] == 'H';
  }

  void lay_ways();
  way way_of(uint32_t place, uint32_t action) const;

  std::string cells_; ///< row after row
  uint32_t columns_ = 0;
  std::vector<uint32_t> starts_;
  std::vector<way> ways_; ///< cells x actions
  double slip_ = 0;
  double step_reward_ = -1;
  double goal_ = -1;
  double hole_ = -100;
  double cliff_ = -100;
  uint32_t limit_ = 1000;
  uint32_t at_ = 0;
};

/// The cliff, 4 x 12: Sutton, Barto (2018), "Reinforcement Learning", example
/// 6.6.
std::string_view cliff_map();

/// The frozen lake, slippery, as OpenAI's gym has it: one step of three goes
/// where it should, 1 for the goal, everything else is 0.
/// @param wide 8 x 8 instead of 4 x 4
std::string_view frozen_lake_map(bool wide);

} // namespace models
