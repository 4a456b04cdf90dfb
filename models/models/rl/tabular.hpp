#pragma once

// Learning what actions are worth by acting: Q-learning, SARSA and expected
// SARSA with a table of states and actions.
//
//   auto world = models::grid_world(models::cliff_map());
//   auto learned = models::learn(world, {.discount = 1, .rate = 0.5});
//   learned.best_action(36)
//
// Several learners begin each round with the same table, do some episodes each,
// and what they have learned is averaged by how often they tried it. All
// randomness of an episode comes from the seed and its number, so it does not
// matter who does it, when, or how often.

#include <models/parallel/rounds.hpp>
#include <models/rl/environment.hpp>
#include <models/rl/episode_stats.hpp>
#include <models/rl/worlds.hpp>

#include <memory>
#include <vector>

namespace models {

/// What the value of the state that follows is taken for.
enum class value_rule : uint8_t {
  q_learning,     ///< that of its best action
  sarsa,          ///< that of the action that is taken there
  expected_sarsa, ///< the mean over the actions as they would be taken
};

struct learning_config {
  value_rule rule = value_rule::q_learning;
  uint64_t episodes = 10000; ///< of all learners, 1..10^12
  double discount = 0.99;    ///< 0..1
  double rate = 0.1;         ///< of learning, 0 < r <= 1
  double rate_decay = 0;     ///< 0..1: the rate of a pair that was learned from
                             ///< n times is rate / (1 + rate_decay n)
  double epsilon = 1;        ///< part of random actions at first, 0..1
  double epsilon_end = 0.1;  ///< and at the end, 0..1; linear between
  double exploration = 0.5;  ///< part of the episodes until it is, 0..1
  double initial = 0;        ///< value of what was never tried
  uint32_t learners = 4;     ///< 1..256; part of the result
  uint32_t round_episodes = 25;  ///< of each learner between averages, 1..10^6
  uint32_t step_limit = 0;       ///< of an episode; 0: the world's own
  uint32_t test_episodes = 1000; ///< by the learned policy, 0..10^6
  uint64_t seed = 0;
};

/// @throws std::invalid_argument naming the member and its range
void check(const learning_config& config);

struct learned_values {
  uint32_t states = 0;
  uint32_t actions = 0;
  std::vector<double> values;   ///< states x actions
  std::vector<uint64_t> visits; ///< how often each was learned from
  episode_stats training;
  episode_stats test; ///< always the best action

  /// Of equal ones the first.
  uint32_t best_action(uint32_t state) const;
};

/// The words of a round.
struct learning_words {
  learning_config config;
  uint32_t states;
  uint32_t actions;
  uint32_t tests;      ///< 1: episodes of this round are tests
  uint64_t first;      ///< episode of this round
  uint64_t last;       ///< after the last one
  uint64_t name_bytes; ///< of `world_spec`
  uint64_t text_bytes;
};

/// The memory that learners share. Learners write what is theirs.
struct learning_memory {
  learning_words* words = nullptr;
  char* name = nullptr;
  char* text = nullptr;
  double* values = nullptr;           ///< pairs: common
  uint64_t* visits = nullptr;         ///< pairs: common
  double* own_values = nullptr;       ///< learners x pairs
  uint32_t* own_visits = nullptr;     ///< learners x pairs, of this round
  episode_stats* own_stats = nullptr; ///< learners

  /// Sets the pointers. @returns bytes @pre `w` has shape and sizes
  size_t place(std::byte* base, const learning_words& w);
};

/// Learning as a computation in rounds.
class tabular_algorithm : public round_algorithm {
public:
  /// @param spec of the world for workers that have a name only
  /// @throws std::invalid_argument as `check`, and for a table of more than
  /// 100 million values over all learners
  tabular_algorithm(const learning_config& config,
                    uint32_t states,
                    uint32_t actions,
                    world_spec spec = {});
  ~tabular_algorithm() override;

  std::string_view program() const override { return "tabular"; }

  uint32_t tasks() const override;
  size_t payload_bytes() const override;
  void lay_out(std::span<std::byte> payload) override;
  bool next_round() override;
  void end_round() override;
  round_state save() const override;
  void restore(const round_state& state) override;

  /// Episodes of learning that are done.
  uint64_t episodes() const;

  /// Of the last round of learning.
  const episode_stats& latest() const;

  /// Whether a value is beyond all numbers.
  bool diverged() const;

  /// @pre it is over
  learned_values result() const;

private:
  struct state;

  std::unique_ptr<state> state_;
};

/// How workers join.
round_program tabular_program();

/// Learns in any world, your own too, in this thread.
/// Source: Watkins (1989), "Learning from delayed rewards" (Q-learning);
/// Rummery, Niranjan (1994), "On-line Q-learning using connectionist systems"
/// (SARSA); Sutton, Barto (2018), "Reinforcement Learning", 6.4 to 6.6;
/// averages by visits: Woo, Joshi, Chi (2023), "The blessing of heterogeneity
/// in federated Q-learning", ICML.
/// @throws std::invalid_argument as `tabular_algorithm`
template <table_world World>
learned_values learn(World& world, const learning_config& config = {});

/// The same in a world that has a name. @param threads 1..255; does not change
/// the result
learned_values learn(const world_spec& spec,
                     const learning_config& config,
                     uint32_t threads = 1);

} // namespace models

#include <models/rl/tabular_loop.hpp>
