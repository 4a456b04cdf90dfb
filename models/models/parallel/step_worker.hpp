#pragma once

// A worker of a training: claims tasks of its block and computes them. As many
// as wished, in threads or processes; they come and go at any time and the
// weights do not depend on it.

#include <models/core/random.hpp>
#include <models/parallel/training_block.hpp>

#include <chrono>
#include <functional>

namespace models {

/// How a worker waits while others compute the last tasks of a phase, or the
/// trainer is busy between two spans. First spinning, as a phase is short and
/// waking a thread costs 5 to 50 us; then asleep.
struct wait_policy {
  std::chrono::nanoseconds spin = std::chrono::microseconds{60};
  std::chrono::nanoseconds sleep = std::chrono::milliseconds{2};

  /// Returns at once when there is nothing to do.
  static wait_policy none() { return {{}, {}}; }
};

/// What `step_worker::run` ended with.
enum class worker_status : uint8_t {
  working,  ///< the budget is used; call `run` again
  waiting,  ///< nothing to do for as long as the policy waits
  finished, ///< the training is over
  aborted,  ///< the training was given up
};

class step_worker {
public:
  /// @param memory a block laid out by a trainer; must outlive the worker
  /// @param owner 1..255, of no other worker of the run that may be alive
  /// @throws std::invalid_argument for another owner, or as
  /// `training_block::attach`
  step_worker(std::span<std::byte> memory, uint8_t owner);

  /// Computes tasks until `budget` is used (it is looked at between tasks, each
  /// of some 10 to 100 us) or nothing is to be done. Leaves no claim behind.
  /// Thread: one at a time.
  worker_status run(std::chrono::nanoseconds budget, wait_policy wait = {});

  /// Tasks computed so far by this worker.
  uint64_t tasks() const { return tasks_; }

  /// Called before each task with its number from 1; for tests that kill a
  /// worker in the middle.
  std::function<void(uint64_t)> before_task;

private:
  using clock = std::chrono::steady_clock;

  bool wait(clock::time_point until, const wait_policy& policy, bool closed);
  void execute(const phase_info& phase, uint32_t task);
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
  task_cursor cursor_;
  mlp_workspace work_;
  uint64_t tasks_ = 0;
  uint64_t found_phase_ = UINT64_MAX; ///< whose rows are in `batch_`
  std::vector<const float*> batch_;   ///< rows of the batch
  std::vector<const float*> rows_;    ///< rows of a task
  std::vector<int32_t> labels_;       ///< theirs
  std::vector<const float*> targets_; ///< likewise
  uint32_t order_epoch_ = UINT32_MAX;
  std::optional<permutation> order_;
};

} // namespace models
