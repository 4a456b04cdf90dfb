#pragma once

#include <models/rl/environment.hpp>
#include <models/rl/mdp.hpp>

#include <memory>

namespace models {

/// A decision process as a world to learn in: who learns sees states and
/// rewards, but not the probabilities. Episodes begin in the first state and
/// end in states without actions; a reward is the expected one of the state and
/// the action. Each state needs all actions, or none.
class process_world {
public:
  static constexpr uint32_t limit = 1000;

  /// @throws std::invalid_argument for a state that has some actions only, or
  /// a first state without any
  explicit process_world(mdp process);

  uint32_t states() const { return static_cast<uint32_t>(p_->states()); }

  uint32_t actions() const { return static_cast<uint32_t>(p_->actions()); }

  uint32_t step_limit() const { return limit; }

  uint32_t reset(random_stream&) { return at_ = 0; }

  world_step step(uint32_t action, random_stream& random) {
    auto pair = p_->first_pair[at_] + action;
    auto i = p_->first_outcome[pair];
    auto last = p_->first_outcome[pair + 1] - 1;
    if (i < last)
      for (auto x = random.uniform(); i < last; ++i) {
        x -= p_->outcome_probability[i];
        if (x < 0)
          break;
      }
    at_ = p_->outcome_next[i];
    auto terminal = p_->first_pair[at_] == p_->first_pair[at_ + 1];
    return {at_, p_->pair_reward[pair], terminal};
  }

  const mdp& process() const { return *p_; }

private:
  std::shared_ptr<const mdp> p_;
  uint32_t at_ = 0;
};

} // namespace models
