#pragma once

// All that is needed to continue a training with the same bits as if it had
// never stopped.

#include <models/nn/mlp.hpp>
#include <models/parallel/early_stop.hpp>
#include <models/parallel/training_config.hpp>

#include <string>
#include <vector>

namespace models {

/// The results of an epoch.
struct epoch_result {
  uint32_t epoch = 0;  ///< from 0
  double loss = 0;     ///< mean over the training rows, with dropout, of
                       ///< the weights of each step; nats
  double accuracy = 0; ///< likewise
  double val_loss = 0; ///< mean over the validation rows, if there are any
  double val_accuracy = 0;

  friend bool operator==(const epoch_result&, const epoch_result&) = default;
};

/// The state of a training between two steps.
struct checkpoint {
  uint64_t step = 0; ///< steps completed
  early_stop stop;
  std::vector<epoch_result> history; ///< of the epochs completed
  std::vector<double> step_losses;   ///< sums, of the steps of this epoch
  std::vector<uint32_t> step_hits;
  std::vector<float> w; ///< blocks as `mlp_layout` describes them
  std::vector<float> m;
  std::vector<float> v;
  std::vector<float> best; ///< the weights of `stop.best_epoch`

  friend bool operator==(const checkpoint&, const checkpoint&) = default;
};

/// A checkpoint as tensors and one JSON text, for example for safetensors with
/// metadata.
struct packed_checkpoint {
  std::vector<named_tensor> tensors; ///< `w`, `m`, `v`, `best`: flat
  std::string json;                  ///< the rest; numbers keep every bit
};

packed_checkpoint pack(const checkpoint& state);

/// The reverse of `pack`.
/// @throws std::invalid_argument naming what is missing or does not fit
checkpoint unpack(const packed_checkpoint& packed);

/// @throws std::invalid_argument if a training of this request and these rows
/// cannot have left the checkpoint
void check(const checkpoint& state,
           const training_config& config,
           row_counts rows);

} // namespace models
