#pragma once

// Deep Q-learning: what actions are worth, by a network that sees the numbers
// of a world, learned from a memory of what was tried.
//
//   models::cart_pole world;
//   auto learned = models::learn_deep(world, {.seed = 1});
//   learned.test.mean()
//
// In a round each learner acts some steps in a world of its own and computes
// the gradient of its part of a batch that is drawn from the memory as it was
// before; then the network takes a step. All randomness comes from the seed,
// the round and the learner.

#include <models/nn/mlp_pass.hpp>
#include <models/nn/optimizer.hpp>
#include <models/parallel/rounds.hpp>
#include <models/rl/environment.hpp>
#include <models/rl/episode_stats.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace models {

struct dqn_config {
  std::vector<uint32_t> hidden = {64, 64}; ///< see `mlp_config`
  uint64_t steps = 60000;                  ///< in all worlds, 1..10^10
  double discount = 0.99;                  ///< 0..1
  double rate = 0.001;                     ///< of Adam, 0 < r <= 1
  uint32_t batch = 64;                     ///< 1..65536
  uint32_t memory = 50000;                 ///< steps remembered, 1..10^7
  uint32_t learn_after = 1000;             ///< steps before the first batch
  uint32_t target_every = 250; ///< batches between copies of the network that
                               ///< says what follows, 1..10^9
  bool single = false; ///< the network that values the next action also chooses
                       ///< it, as in 2015; else double Q-learning
  double epsilon = 1;  ///< part of random actions at first, 0..1
  double epsilon_end = 0.05;    ///< and in the end, 0..1; linear between
  double exploration = 0.3;     ///< part of the steps until it is, 0..1
  uint32_t learners = 4;        ///< 1..64; part of the result
  uint32_t round_steps = 1;     ///< of each learner between batches, 1..10^4
  uint32_t step_limit = 0;      ///< of an episode; 0: the world's own
  uint64_t test_every = 5000;   ///< steps between tests, of which the best
                                ///< network is kept, >= 1
  uint32_t test_episodes = 100; ///< of a test, 1..10^6
  uint64_t seed = 0;
};

/// @throws std::invalid_argument naming the member and its range
void check(const dqn_config& config);

/// The size of a world.
struct control_shape {
  uint32_t features = 0;
  uint32_t actions = 0;
};

struct learned_network {
  mlp_config shape;
  std::vector<float> parameters;
  episode_stats training;
  episode_stats test; ///< always the best action; other episodes than those
                      ///< that chose the network
  uint64_t batches = 0;
};

/// The words of a round.
struct dqn_words {
  enum class part : uint32_t { learn, test, last_test };

  uint32_t learners;
  uint32_t features;
  uint32_t actions;
  uint32_t layers;
  uint32_t hidden[16];
  uint32_t memory;
  uint32_t batch;
  uint32_t round_steps;
  uint32_t step_limit; ///< or 0
  uint32_t test_episodes;
  uint32_t single;
  uint64_t seed;
  double discount;
  uint64_t parameters; ///< floats
  uint64_t name_bytes; ///< of the world
  part doing;
  uint32_t slot;    ///< of the worlds as they are; the others are written
  uint32_t known;   ///< steps remembered
  uint32_t batches; ///< 1: there is a batch in this round
  uint64_t round;
  uint64_t tests; ///< done
  double epsilon;
};

/// A world between two rounds.
struct world_slot {
  static constexpr size_t most_bytes = 256;

  alignas(16) std::byte world[most_bytes];
  uint32_t step; ///< of the episode; 0: it has to begin
  double gain;
};

/// What one step was; followed by the numbers before and after it.
struct remembered_step {
  uint32_t action;
  float reward;
  uint32_t terminal;
};

struct dqn_memory {
  dqn_words* words = nullptr;
  char* name = nullptr;
  float* network = nullptr;
  float* target = nullptr;
  float* best = nullptr;
  remembered_step* steps = nullptr; ///< memory, then learners x round_steps
  float* before = nullptr;          ///< of each step: features
  float* after = nullptr;
  world_slot* worlds = nullptr;   ///< two times learners
  float* gradients = nullptr;     ///< learners x parameters
  episode_stats* stats = nullptr; ///< learners

  /// Sets the pointers. @returns bytes
  size_t place(std::byte* base, const dqn_words& w);
};

/// The network of a computation.
mlp_layout dqn_layout(const dqn_words& words);

class dqn_algorithm : public round_algorithm {
public:
  /// @param name of the world, for workers that have a name only
  /// @throws std::invalid_argument as `check`
  dqn_algorithm(const dqn_config& config,
                control_shape shape,
                std::string name = {});
  ~dqn_algorithm() override;

  std::string_view program() const override { return "dqn"; }

  uint32_t tasks() const override;
  size_t payload_bytes() const override;
  void lay_out(std::span<std::byte> payload) override;
  bool next_round() override;
  void end_round() override;
  round_state save() const override;
  void restore(const round_state& state) override;

  uint64_t rounds() const; ///< of learning
  uint64_t steps() const;

  /// Of the last test.
  const episode_stats& latest() const;

  bool diverged() const;

  /// @pre it is over
  learned_network result() const;

private:
  struct state;

  std::unique_ptr<state> state_;
};

/// How workers join.
round_program dqn_program();

/// cart-pole, mountain-car
std::vector<std::string_view> control_names();

/// Names and scales of a world's numbers, which are divided by them.
struct control_about {
  control_shape shape;
  std::vector<std::string> actions;
  std::vector<std::string> features;
  std::vector<float> scales;
};

/// @throws std::invalid_argument for an unknown name
control_about about_control(std::string_view name);

/// Learns in any world that fits into `world_slot` and can be copied as bytes,
/// in this thread. Numbers should be about 1; a world with a static function
/// `scales()` has its numbers divided by them.
/// Source: Mnih et al. (2015), "Human-level control through deep reinforcement
/// learning"; van Hasselt, Guez, Silver (2016), "Deep reinforcement learning
/// with double Q-learning"; Huber's loss, Adam.
/// @throws std::invalid_argument as `dqn_algorithm`
template <control_world World>
learned_network learn_deep(const World& world, const dqn_config& config = {});

/// The same in a world that has a name. @param threads 1..255; does not change
/// the result
learned_network learn_deep(std::string_view world,
                           const dqn_config& config,
                           uint32_t threads = 1);

} // namespace models

#include <models/rl/dqn_worker.hpp>
