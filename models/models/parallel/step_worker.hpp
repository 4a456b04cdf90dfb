#pragma once

// A worker of a training: claims tasks of its block and computes them. As many
// as wished, in threads or processes; they come and go at any time and the
// weights do not depend on it.

#include <models/core/random.hpp>
#include <models/parallel/board_worker.hpp>
#include <models/parallel/training_block.hpp>

#include <optional>

namespace models {

class step_worker : public board_worker {
public:
  /// @param memory a block laid out by a trainer; must outlive the worker
  /// @param owner 1..255, of no other worker of the run that may be alive
  /// @throws std::invalid_argument for another owner, or as
  /// `training_block::attach`
  step_worker(std::span<std::byte> memory, uint8_t owner);

private:
  board_words& words() const override { return block_.words(); }

  task_words board_tasks() const override { return block_.tasks(); }

  uint32_t count(uint64_t phase) const override {
    return block_.plan().tasks(block_.plan().at(phase));
  }

  void execute(uint32_t task) override;
  void compute_shard(const phase_info& phase, uint32_t task);
  void compute_slice(const phase_info& phase, uint32_t task);
  void measure_slice(const phase_info& phase, uint32_t task);
  std::span<const float> slice_gradient(const phase_info& phase,
                                        const update_slice& slice,
                                        row_range rows);
  void
  update_rows(const update_slice& slice, row_range rows, std::span<float> sums);
  void descend(const parameter_group& group,
               row_range rows,
               std::span<float> sums,
               const optimizer_config& opt);
  void blend(const parameter_group& group,
             row_range rows,
             std::span<const float> sums);
  float clipped_share() const;
  optimizer_config optimiser_now() const;
  void sum_losses(const phase_info& phase);
  void compute_scores(const phase_info& phase, uint32_t task);
  const permutation& order(uint32_t epoch);
  void find_batch(const phase_info& phase);

  training_block block_;
  mlp_workspace work_;
  uint64_t found_phase_ = UINT64_MAX; ///< whose rows are in `batch_`
  std::vector<const float*> batch_;   ///< rows of the batch
  std::vector<const float*> rows_;    ///< rows of a task
  std::vector<int32_t> labels_;       ///< theirs
  std::vector<const float*> targets_; ///< likewise
  uint32_t order_epoch_ = UINT32_MAX;
  std::optional<permutation> order_;
};

} // namespace models
