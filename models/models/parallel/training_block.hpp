#pragma once

// A whole training in one block of memory that threads or processes share:
// request, data, state, and the words by which tasks are shared. It holds
// offsets only, so it may lie at another address in each process; in a memfd
// for processes, in a vector for threads.
//
// The state has two buffers: step t reads number t % 2 and writes the other,
// so that a task reads only what nobody writes.

#include <models/nn/mlp_pass.hpp>
#include <models/parallel/phase_plan.hpp>
#include <models/parallel/task_board.hpp>

#include <cstddef>
#include <optional>

namespace models {

/// What a labelled part gave, in memory that processes share.
struct shared_score {
  double loss;
  uint64_t correct;
};

/// Weights and what the optimiser remembers of them.
struct state_spans {
  std::span<float> w;
  std::span<float> m;
  std::span<float> v;

  operator optimizer_slice<float>() const { return {w, m, v}; }

  /// Part of it, to read.
  optimizer_slice<const float> part(size_t offset, size_t n) const {
    return {w.subspan(offset, n), m.subspan(offset, n), v.subspan(offset, n)};
  }

  /// Part of it, to write.
  optimizer_slice<float> part_to_write(size_t offset, size_t n) const {
    return {w.subspan(offset, n), m.subspan(offset, n), v.subspan(offset, n)};
  }
};

/// A view of the block. Does not own the memory; copies are cheap enough to
/// give each worker its own.
class training_block {
public:
  /// Bytes of the block of a training.
  /// @throws std::invalid_argument as `check(config)`, or if no row to train on
  static size_t bytes(const training_config& config, row_counts rows);

  /// Lays out a training: writes request and data, state zero, closed for
  /// workers.
  /// @param memory zeroed, at least `bytes(config, set.rows)`, on a cache line
  /// @throws std::invalid_argument as `check(config, set)`, or if the memory
  /// does not fit
  static training_block create(std::span<std::byte> memory,
                               const training_config& config,
                               const training_set& set);

  /// Joins a training that another thread or process has laid out.
  /// @throws std::invalid_argument if the memory is not such a block, of
  /// another version of the layout, or of another size than it says
  static training_block attach(std::span<std::byte> memory);

  const training_config& config() const { return config_; }

  const row_counts& rows() const { return rows_; }

  const mlp_layout& layout() const { return layout_; }

  const phase_plan& plan() const { return plan_; }

  board_words& words() const;

  task_words tasks() const;

  /// The step (from 1) whose loss was not a finite number; 0: none.
  std::atomic<uint64_t>& diverged() const;

  /// Sums over the rows of the steps of the current epoch.
  std::span<std::atomic<double>> step_losses() const;
  std::span<std::atomic<uint32_t>> step_hits() const;

  /// One for each task of an evaluation.
  std::span<shared_score> scores() const;

  /// Of the rows of the batch: where in the data they are, loss, hit.
  std::span<uint32_t> batch_rows() const;
  std::span<float> row_losses() const;
  std::span<uint32_t> row_hits() const;

  /// Activations and deltas of a batch of so many rows.
  mlp_trace trace(uint32_t batch_rows) const;

  /// The state before a step (counted from 0) of the training.
  state_spans state(uint64_t step) const;

  /// The weights that `evaluate_best` evaluates.
  std::span<float> best() const;

  /// Predicted classes of the rows evaluated last, by row of the data.
  std::span<int32_t> predicted() const;

  std::span<int32_t> labels() const;

  /// Targets of a row of the data, if the network has them for labels.
  const float* targets(uint32_t row) const {
    return targets_.data() + size_t{row} * config_.net.outputs;
  }

  /// Outputs for the rows evaluated last, by row of the data, if the network
  /// does not choose classes.
  std::span<float> outputs() const;

  /// Of a step whose gradient's length is limited: the gradient, and the
  /// squared lengths of its parts by task.
  std::span<float> gradient() const;
  std::span<double> lengths() const;

  /// How often the plateau schedule has lowered the rate.
  std::atomic<uint32_t>& drops() const;

  /// Features of a row of the data.
  const float* row(uint32_t index) const {
    return features_ + size_t{index} * config_.net.inputs;
  }

private:
  struct header;

  /// Offsets in bytes of what lies behind the header.
  struct offsets {
    size_t tasks, step_losses, step_hits, scores, batch_rows, row_losses,
      row_hits, trace, state, best, predicted, labels, features, outputs,
      targets, class_weights, gradient, lengths, end;
  };

  training_block(std::span<std::byte> memory,
                 const training_config& config,
                 row_counts rows);

  static offsets place(const training_config& config, row_counts rows);

  template <class T>
  std::span<T> at(size_t offset, size_t n) const {
    return {reinterpret_cast<T*>(memory_.data() + offset), n};
  }

  header& head() const;

  std::span<std::byte> memory_;
  training_config config_;
  row_counts rows_;
  mlp_layout layout_;
  phase_plan plan_;
  offsets at_;
  const float* features_;
  std::span<float> targets_;
};

} // namespace models
