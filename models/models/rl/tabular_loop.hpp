#pragma once

// The loops of tabular.hpp over any world; include that file.

#include <models/rl/tabular.hpp>

#include <algorithm>
#include <cstring>

namespace models {

namespace tabular_detail {

/// A table that changes, and what changes it. The number of actions is taken
/// from the world each time: there the compiler often knows it.
struct table {
  double* values;
  uint32_t* fresh;      ///< visits of this round
  const uint64_t* seen; ///< visits before
  double rate;
  double decay;
  double discount;

  void learn(size_t pair, double target) {
    auto by = rate;
    if (decay != 0)
      by /= 1 + decay * static_cast<double>(seen[pair] + fresh[pair]);
    values[pair] += by * (target - values[pair]);
    ++fresh[pair];
  }
};

inline double greatest(const double* values, uint32_t n) {
  auto best = values[0];
  for (uint32_t i = 1; i < n; ++i)
    best = values[i] > best ? values[i] : best;
  return best;
}

/// Of equal ones the first.
inline uint32_t first_best(const double* values, uint32_t n) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < n; ++i)
    best = values[i] > values[best] ? i : best;
  return best;
}

/// One of those that equal the best, by chance.
inline uint32_t
one_of(const double* values, uint32_t n, double best, random_stream& random) {
  uint32_t equal = 0;
  for (uint32_t i = 0; i < n; ++i)
    equal += values[i] == best;
  auto skip = random.below(equal > 0 ? equal : 1);
  for (uint32_t i = 0; i < n; ++i)
    if (values[i] == best && skip-- == 0)
      return i;
  return 0;
}

/// Of equal ones any, or where nothing is known yet all would go one way.
inline uint32_t choose(const double* values,
                       uint32_t n,
                       double epsilon,
                       random_stream& random) {
  if (random.uniform() < epsilon)
    return random.below(n);
  uint32_t first = 0;
  uint32_t last = 0;
  for (uint32_t i = 1; i < n; ++i) {
    first = values[i] > values[first] ? i : first;
    last = values[i] >= values[last] ? i : last;
  }
  return first == last ? first : one_of(values, n, values[first], random);
}

/// The mean value under a policy with `epsilon` random actions.
inline double expected(const double* values, uint32_t n, double epsilon) {
  double sum = 0;
  for (uint32_t i = 0; i < n; ++i)
    sum += values[i];
  return epsilon * sum / n + (1 - epsilon) * greatest(values, n);
}

inline double epsilon_at(const learning_config& c, uint64_t episode) {
  auto until = c.exploration * static_cast<double>(c.episodes);
  auto at = static_cast<double>(episode);
  if (at >= until)
    return c.epsilon_end;
  return c.epsilon + (c.epsilon_end - c.epsilon) * at / until;
}

template <value_rule Rule, class World>
void learn_episode(World& world,
                   table t,
                   uint32_t limit,
                   double epsilon,
                   random_stream random,
                   episode_stats& stats) {
  const uint32_t n = world.actions();
  size_t pairs = size_t{world.reset(random)} * n; // the first of the state
  auto action = choose(t.values + pairs, n, epsilon, random);
  double gain = 0;
  for (uint32_t step = 1;; ++step) {
    const world_step seen = world.step(action, random);
    gain += seen.reward;
    const auto after = size_t{seen.state} * n;
    const auto* next = t.values + after;
    auto pair = pairs + action;
    double follows = 0;
    if (!seen.terminal) {
      if constexpr (Rule == value_rule::sarsa) {
        action = choose(next, n, epsilon, random);
        follows = next[action];
      } else if constexpr (Rule == value_rule::expected_sarsa)
        follows = expected(next, n, epsilon);
      else
        follows = greatest(next, n);
    }
    t.learn(pair, seen.reward + t.discount * follows);
    if (seen.terminal || step == limit)
      return stats.add(gain, step, seen.terminal);
    if constexpr (Rule != value_rule::sarsa)
      action = choose(next, n, epsilon, random);
    pairs = after;
  }
}

template <class World>
void test_episode(World& world,
                  const double* values,
                  uint32_t limit,
                  random_stream& random,
                  episode_stats& stats) {
  auto n = static_cast<uint32_t>(world.actions());
  uint32_t state = world.reset(random);
  double gain = 0;
  for (uint32_t step = 1;; ++step) {
    auto action = first_best(values + size_t{state} * n, n);
    world_step seen = world.step(action, random);
    gain += seen.reward;
    state = seen.state;
    if (seen.terminal || step == limit)
      return stats.add(gain, step, seen.terminal);
  }
}

/// "tabu" and "test": keys of these episodes only.
constexpr uint32_t learning_stream = 0x74616275;
constexpr uint32_t test_stream = 0x74657374;

inline random_stream episode_stream(philox_key key, uint64_t episode) {
  return {key,
          {static_cast<uint32_t>(episode), static_cast<uint32_t>(episode >> 32),
           0, 0}};
}

template <value_rule Rule, class World>
void learn_share(World& world, const learning_memory& m, uint32_t task) {
  auto& w = *m.words;
  auto& c = w.config;
  auto pairs = size_t{w.states} * w.actions;
  table t{m.own_values + task * pairs,
          m.own_visits + task * pairs,
          m.visits,
          c.rate,
          c.rate_decay,
          c.discount};
  std::copy_n(m.values, pairs, t.values);
  std::fill_n(t.fresh, pairs, 0u);
  episode_stats stats;
  auto key = make_key(c.seed, learning_stream);
  auto limit = c.step_limit > 0 ? c.step_limit : world.step_limit();
  for (auto e = w.first + task; e < w.last; e += c.learners) {
    auto random = episode_stream(key, e);
    learn_episode<Rule>(world, t, limit, epsilon_at(c, e), random, stats);
  }
  m.own_stats[task] = stats;
}

template <class World>
void test_share(World& world, const learning_memory& m, uint32_t task) {
  auto& w = *m.words;
  episode_stats stats;
  auto key = make_key(w.config.seed, test_stream);
  auto limit =
    w.config.step_limit > 0 ? w.config.step_limit : world.step_limit();
  for (auto e = w.first + task; e < w.last; e += w.config.learners) {
    auto random = episode_stream(key, e);
    test_episode(world, m.values, limit, random, stats);
  }
  m.own_stats[task] = stats;
}

template <class World>
void do_share(World& world, const learning_memory& m, uint32_t task) {
  if (m.words->tests != 0)
    return test_share(world, m, task);
  switch (m.words->config.rule) {
  case value_rule::sarsa:
    return learn_share<value_rule::sarsa>(world, m, task);
  case value_rule::expected_sarsa:
    return learn_share<value_rule::expected_sarsa>(world, m, task);
  case value_rule::q_learning:
    return learn_share<value_rule::q_learning>(world, m, task);
  }
}

struct alignas(64) line {
  std::byte bytes[64];
};

} // namespace tabular_detail

template <table_world World>
learned_values learn(World& world, const learning_config& config) {
  using namespace tabular_detail;
  tabular_algorithm algorithm(config, world.states(), world.actions());
  std::vector<line> memory(algorithm.payload_bytes() / sizeof(line) + 1);
  auto base = reinterpret_cast<std::byte*>(memory.data());
  algorithm.lay_out({base, memory.size() * sizeof(line)});
  learning_memory m;
  m.place(base, *reinterpret_cast<learning_words*>(base));
  while (algorithm.next_round()) {
    for (uint32_t task = 0; task < algorithm.tasks(); ++task)
      do_share(world, m, task);
    algorithm.end_round();
  }
  return algorithm.result();
}

} // namespace models
