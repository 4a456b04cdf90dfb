#pragma once

// A small training for the tests of `models/parallel`.

#include <models/core/random.hpp>
#include <models/parallel/fit.hpp>
#include <models/parallel/step_worker.hpp>

#include <cstring>
#include <vector>

namespace parallel_test {

/// Rows of three classes in clouds that overlap.
struct data {
  explicit data(models::row_counts rows, uint32_t inputs = 10)
    : counts(rows), features(rows.sum() * inputs), labels(rows.sum()) {
    models::fill_normal(features, models::make_key(11, 1));
    for (size_t i = 0; i < labels.size(); ++i) {
      labels[i] = static_cast<int32_t>(i * i % 3);
      features[i * inputs + static_cast<size_t>(labels[i])] += 1.5f;
    }
  }

  models::training_set set() const { return {features, labels, counts}; }

  models::row_counts counts;
  std::vector<float> features;
  std::vector<int32_t> labels;
};

/// 7 steps an epoch, the last with fewer rows than shards; dropout.
inline models::training_config small_config() {
  models::training_config config;
  config.net = {10, {24, 17}, 3, models::activation::tanh, 0.2f};
  config.opt.rate = 0.01f;
  config.batch = 16;
  config.epochs = 6;
  config.patience = 0;
  config.shards = 5;
  config.seed = 42;
  config.checkpoint_every = 3;
  return config;
}

inline const models::row_counts small_rows{99, 70, 31};

inline bool same(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size()
         && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

/// Computes an open span in the calling thread.
inline void compute(models::training_loop& loop, models::step_worker& worker) {
  using namespace std::chrono_literals;
  while (!loop.reached())
    worker.run(1h, models::wait_policy::none());
}

} // namespace parallel_test
