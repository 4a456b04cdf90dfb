#pragma once

// A learner of dqn.hpp in any world; include that file.

#include <models/nn/denormals.hpp>
#include <models/rl/dqn.hpp>

#include <algorithm>
#include <cstring>

namespace models {

/// What a learner does that does not depend on the world. Thread: one.
class dqn_learner {
public:
  explicit dqn_learner(std::span<std::byte> payload);

  /// The gradient of a learner's part of the batch.
  void learn(uint32_t task);

  /// The action that a network finds best. @param shown features
  uint32_t best_action(const float* network, const float* shown);

protected:
  const dqn_words& words() const { return *m_.words; }

  dqn_memory m_;

private:
  void targets(std::span<const uint32_t> drawn);
  void add_gradient(uint32_t task, size_t rows);

  mlp_layout layout_;
  mlp_workspace work_;
  std::vector<float> trace_;
  std::vector<float> outputs_;  ///< rows x actions
  std::vector<float> next_;     ///< likewise, of the target network
  std::vector<float> deciding_; ///< likewise, of the network that chooses
  std::vector<const float*> before_;
  std::vector<const float*> after_;
  std::vector<const float*> wanted_;
  std::vector<float> losses_;
  std::vector<uint32_t> hits_;
};

/// "dqna", "dqnt": keys of acting and of tests.
constexpr uint32_t dqn_acting_stream = 0x64716E61;
constexpr uint32_t dqn_test_stream = 0x64716E74;

template <control_world World>
class dqn_tasks : public round_tasks, private dqn_learner {
  static_assert(std::is_trivially_copyable_v<World>);
  static_assert(sizeof(World) <= world_slot::most_bytes);

public:
  dqn_tasks(std::span<std::byte> payload, const World& world)
    : dqn_learner(payload), world_(world), shown_(words().features) {}

  void compute(uint32_t task) override {
    denormals_off guard;
    m_.stats[task] = {};
    if (words().doing != dqn_words::part::learn)
      return test(task);
    act(task);
    if (words().batches != 0)
      learn(task);
  }

private:
  uint32_t limit() const {
    return words().step_limit > 0 ? words().step_limit : world_.step_limit();
  }

  void look(const World& world, float* out) const {
    world.observe(std::span(out, words().features));
    if constexpr (requires { World::scales(); }) {
      auto scales = World::scales();
      for (size_t i = 0; i < words().features; ++i)
        out[i] /= scales[i];
    }
  }

  void act(uint32_t task) {
    auto& w = words();
    auto slot = m_.worlds[w.slot * w.learners + task];
    auto world = world_;
    if (slot.step > 0)
      std::memcpy(&world, slot.world, sizeof(world));
    random_stream random{make_key(w.seed, dqn_acting_stream),
                         {static_cast<uint32_t>(w.round),
                          static_cast<uint32_t>(w.round >> 32), task, 0}};
    for (uint32_t i = 0; i < w.round_steps; ++i)
      step(world, slot, w.memory + size_t{task} * w.round_steps + i, random,
           m_.stats[task]);
    std::memcpy(slot.world, &world, sizeof(world));
    m_.worlds[(1 - w.slot) * w.learners + task] = slot;
  }

  /// @param to where it is remembered
  void step(World& world,
            world_slot& slot,
            size_t to,
            random_stream& random,
            episode_stats& stats) {
    auto& w = words();
    if (slot.step == 0) {
      world.reset(random);
      slot.gain = 0;
    }
    auto* before = m_.before + to * w.features;
    look(world, before);
    auto action = random.uniform() < w.epsilon
                    ? random.below(w.actions)
                    : best_action(m_.network, before);
    control_step seen = world.step(action, random);
    look(world, m_.after + to * w.features);
    m_.steps[to] = {action, static_cast<float>(seen.reward),
                    seen.terminal ? 1u : 0u};
    slot.gain += seen.reward;
    ++slot.step;
    if (seen.terminal || slot.step == limit()) {
      stats.add(slot.gain, slot.step, seen.terminal);
      slot.step = 0;
    }
  }

  void test(uint32_t task) {
    auto& w = words();
    auto last = w.doing == dqn_words::part::last_test;
    auto number = last ? UINT32_MAX : static_cast<uint32_t>(w.tests);
    for (auto e = task; e < w.test_episodes; e += w.learners) {
      random_stream random{make_key(w.seed, dqn_test_stream),
                           {e, number, 0, 0}};
      auto world = world_;
      world.reset(random);
      test_episode(world, last ? m_.best : m_.network, random, m_.stats[task]);
    }
  }

  void test_episode(World& world,
                    const float* network,
                    random_stream& random,
                    episode_stats& stats) {
    double gain = 0;
    for (uint32_t step = 1;; ++step) {
      look(world, shown_.data());
      control_step seen =
        world.step(best_action(network, shown_.data()), random);
      gain += seen.reward;
      if (seen.terminal || step == limit())
        return stats.add(gain, step, seen.terminal);
    }
  }

  World world_;
  std::vector<float> shown_;
};

template <control_world World>
learned_network learn_deep(const World& world, const dqn_config& config) {
  struct alignas(64) line {
    std::byte bytes[64];
  };

  denormals_off guard;
  dqn_algorithm algorithm(config, {world.features(), world.actions()});
  std::vector<line> memory(algorithm.payload_bytes() / sizeof(line) + 1);
  std::span payload(reinterpret_cast<std::byte*>(memory.data()),
                    memory.size() * sizeof(line));
  algorithm.lay_out(payload);
  dqn_tasks<World> tasks(payload, world);
  while (algorithm.next_round()) {
    for (uint32_t task = 0; task < algorithm.tasks(); ++task)
      tasks.compute(task);
    algorithm.end_round();
  }
  return algorithm.result();
}

} // namespace models
