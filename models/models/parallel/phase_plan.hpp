#pragma once

// What a training consists of: phases that follow each other, each of tasks
// that can be computed in any order by anybody, any number of times. All of it
// is a pure function of the request and the number of rows.
//
// A step is the phases `gradient`, a task for some rows of the batch each (one
// phase, or one for each stage of a network with batch normalisation), and
// `update`, a task for some rows of the parameters each; if the length of the
// gradient is limited, `measure` finds it before, in the same tasks. After the
// steps of an epoch comes `evaluate` on the validation rows, if there are any.
// The phases after the last epoch evaluate the best weights on any part of the
// data.

#include <models/parallel/training_config.hpp>

#include <vector>

namespace models {

enum class phase_kind : uint8_t {
  gradient,
  measure,
  update,
  evaluate,
  evaluate_best
};

/// One phase.
struct phase_info {
  phase_kind kind = phase_kind::gradient;
  uint32_t epoch = 0;
  uint32_t step = 0;       ///< of the epoch
  part rows = part::train; ///< the rows it is about
  uint32_t stage = 0;      ///< of a gradient, see `mlp_layout::stages`

  friend bool operator==(const phase_info&, const phase_info&) = default;
};

/// Consecutive rows.
struct row_range {
  uint32_t first = 0;
  uint32_t last = 0; ///< one past the end

  uint32_t size() const { return last - first; }

  friend bool operator==(const row_range&, const row_range&) = default;
};

/// The part of the parameters that one `update` task computes.
struct update_slice {
  uint32_t group; ///< of the layout
  row_range rows; ///< of the group
};

class phase_plan {
public:
  /// @pre `check(config)` passed, rows.train >= 1
  phase_plan(const training_config& config, row_counts rows);

  /// Steps of an epoch; the last may have fewer rows.
  uint32_t steps() const { return steps_; }

  /// The phase with this index, counted from 0.
  phase_info at(uint64_t phase) const;

  /// How many tasks it has, at least 1.
  uint32_t tasks(const phase_info& phase) const;

  /// The most tasks that any phase has.
  uint32_t max_tasks() const;

  /// The first phase of a step.
  /// @param step counted from the start of the training
  uint64_t phase_of(uint64_t step) const;

  /// Steps completed when the phase begins.
  uint64_t step_of(uint64_t phase) const;

  /// The phase after the evaluation of an epoch.
  uint64_t end_of(uint32_t epoch) const;

  /// The first phase at or after `phase`, and after the last epoch, that
  /// evaluates the best weights on this part.
  uint64_t evaluation(part rows, uint64_t phase) const;

  /// Rows of the batch of a step of the epoch.
  uint32_t batch_rows(uint32_t step) const;

  /// Rows of the batch that a `gradient` task computes; may be none.
  row_range shard(uint32_t step, uint32_t task) const;

  /// Rows of all data that an evaluation's task computes.
  row_range evaluation_rows(part rows, uint32_t task) const;

  /// What an `update` or `measure` task computes.
  const update_slice& slice(uint32_t task) const { return slices_[task]; }

  uint32_t slices() const { return static_cast<uint32_t>(slices_.size()); }

  /// All rows of a part.
  row_range part_rows(part rows) const;

private:
  uint32_t evaluation_size(part rows) const;

  row_counts rows_;
  uint32_t batch_;
  uint32_t epochs_;
  uint32_t shards_;
  uint32_t steps_;
  uint32_t stages_;
  uint32_t step_phases_;
  uint64_t epoch_phases_;
  std::vector<update_slice> slices_;
};

} // namespace models
