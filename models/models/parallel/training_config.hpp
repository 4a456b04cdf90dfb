#pragma once

// What a training is asked to do, and on what. Plain values, any thread.

#include <models/nn/mlp.hpp>
#include <models/nn/optimizer.hpp>
#include <models/nn/schedule.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace models {

/// The request. Equal requests on equal data give equal bits.
struct training_config {
  mlp_config net = {};
  optimizer_config opt = {};
  uint32_t batch = 32;    ///< rows of a step, 1..65536
  uint32_t epochs = 50;   ///< most passes over the training rows, 1..1000000
  uint32_t patience = 10; ///< epochs without improvement before it stops; 0:
                          ///< never
  uint32_t shards = 8;    ///< tasks the rows of a step are cut into, 1..1024;
                          ///< does not change the result
  uint64_t seed = 0;
  uint64_t checkpoint_every = 500; ///< steps between two checkpoints; 0: none
  schedule_config schedule = {};
  float clip_norm = 0;  ///< the gradient's greatest length, 0: any
  float clip_value = 0; ///< greatest size of each of its elements, 0: any
  std::vector<float> class_weights =
    {}; ///< what the losses of the rows of each
        ///< class are multiplied by in training,
        ///< >= 0; empty: all 1

  friend bool operator==(const training_config&,
                         const training_config&) = default;
};

/// @throws std::invalid_argument naming the member and its range
void check(const training_config& config);

/// How many rows each part of the data has; they follow each other.
struct row_counts {
  uint32_t train = 0;      ///< at least 1
  uint32_t validation = 0; ///< decides when to stop; if none, the training loss
  uint32_t test = 0;       ///< not looked at before the end

  uint64_t sum() const { return uint64_t{train} + validation + test; }

  friend bool operator==(const row_counts&, const row_counts&) = default;
};

/// The rows: scaled, in the order train, validation, test. Not owned.
struct training_set {
  std::span<const float> features; ///< rows.sum() x inputs, row-major, finite
  std::span<const int32_t> labels; ///< rows.sum(), each 0..outputs-1; only
                                   ///< for classes
  row_counts rows;
  std::span<const float> targets = {}; ///< rows.sum() x outputs: numbers, or
                                       ///< flags that are 0 or 1
};

/// @throws std::invalid_argument naming the first thing that does not fit, with
/// its row. Cost: one pass over the data.
void check(const training_config& config, const training_set& set);

/// The parts of the data.
enum class part : uint8_t { train, validation, test };

} // namespace models
