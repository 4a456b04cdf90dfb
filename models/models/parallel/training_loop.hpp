#pragma once

// The trainer's side of a training: opens the block for workers span by span
// (up to the end of an epoch or a checkpoint), keeps the best weights, decides
// when to stop. Who drives it and where the workers run is not its business:
//
//   training_loop loop(memory, config, set);
//   while (loop.next_span()) {
//     while (!loop.wait(10ms))   // workers compute; watch them meanwhile
//       ...                      // and loop.release(owner) those that died
//     auto report = loop.span_done();
//     if (report.checkpoint_due)
//       save(pack(loop.save()));
//   }
//   auto score = ... loop.begin_evaluation(part::test), wait, ...
//   loop.finish();
//
// No locks, no threads of its own. Thread: one at a time, but `progress`,
// `release` and `abort` may be called from any thread at any time.

#include <models/parallel/checkpoint.hpp>
#include <models/parallel/training_block.hpp>

#include <chrono>
#include <optional>

namespace models {

/// Where a training is; figures of a moment.
struct training_progress {
  uint32_t epoch = 0; ///< current, from 0; `epochs` once training is over
  uint32_t step = 0;  ///< steps completed of the epoch
  uint32_t steps = 0; ///< of an epoch
  uint64_t total = 0; ///< steps completed of the training; once its best
                      ///< weights are evaluated, all it might have had
  double loss = 0;    ///< mean over the rows of the epoch so far; 0 before the
                      ///< first step
};

/// Why a training is over.
enum class training_end : uint8_t {
  epochs_done,
  stopped_early,
  diverged,
  aborted,
};

/// What a span brought.
struct span_report {
  std::optional<epoch_result> epoch; ///< if it ended one
  bool improved = false;             ///< the epoch's weights are the best now
  bool checkpoint_due = false;       ///< save the state now
  std::optional<training_end> ended; ///< then `next_span` returns false
  uint64_t diverged_at = 0; ///< step (from 1) whose loss was not finite
};

/// A part of the data under the best weights.
struct evaluation_result {
  part rows = part::test;
  uint32_t count = 0;
  double loss = 0; ///< mean, nats; 0 if there are no rows
  double accuracy = 0;
  std::span<const int32_t> predicted; ///< class of each row, in the block
  std::span<const int32_t> labels;
  std::span<const float> outputs; ///< flags and numbers: `outputs` a row
};

class training_loop {
public:
  /// Lays out the block and sets the first weights, or those of a checkpoint.
  /// @param memory zeroed, `training_block::bytes(config, set.rows)` of them,
  ///        on a cache line; must outlive the object
  /// @throws std::invalid_argument as `training_block::create` and
  /// `check(checkpoint ...)`
  training_loop(std::span<std::byte> memory,
                const training_config& config,
                const training_set& set,
                const checkpoint* from = nullptr);

  /// Opens the block for the next span.
  /// @returns false if the training is over
  bool next_span();

  /// Whether the workers have done all they were given, or cannot go on.
  bool reached() const;

  /// Sleeps until `reached`, at most for `limit`; returns it.
  bool wait(std::chrono::nanoseconds limit);

  /// Takes the results of the span. @pre reached()
  /// @throws std::runtime_error after a `cut` that a worker did not see in
  /// time; then nothing is known of the state
  span_report span_done();

  /// Shortens the span that is open: the workers come to its end within a few
  /// steps, wherever it was to end. For a trainer that has to leave.
  void cut();

  /// The state, to continue from.
  /// @pre between spans, or after the last one
  /// @throws std::runtime_error as `span_done`
  checkpoint save() const;

  /// Why it is over, if it is.
  std::optional<training_end> ended() const { return ended_; }

  /// Steps completed when the last span ended.
  uint64_t step() const { return step_; }

  /// The step (from 1) whose loss was not finite, 0: none.
  uint64_t diverged_at() const;

  /// The weights with the least loss so far; the first ones before an epoch has
  /// ended. A block of `layout().parameters()` floats.
  std::span<const float> best() const { return block_.best(); }

  const early_stop& stop() const { return stop_; }

  const std::vector<epoch_result>& history() const { return history_; }

  const mlp_layout& layout() const { return block_.layout(); }

  /// Opens the block for the evaluation of a part by the best weights.
  /// @pre between spans; the training need not be over, but cannot be continued
  void begin_evaluation(part rows);

  /// @pre begin_evaluation was called and reached()
  evaluation_result evaluation() const;

  /// Lets workers end with `finished`.
  void finish();

  /// Gives up: workers end with `aborted` after their task.
  void abort();

  /// Gives the tasks of a dead worker to the others, see `release_owner`.
  uint32_t release(uint8_t owner);

  training_progress progress() const;

private:
  void start();
  void restore(const checkpoint& from);
  void open(uint64_t target);
  uint64_t phase() const;
  epoch_result collect_epoch(uint32_t epoch) const;
  mlp_score collect_scores(part rows) const;
  void end_epoch(span_report& report);
  void set_rate();

  training_block block_;
  early_stop stop_;
  std::vector<epoch_result> history_;
  std::optional<training_end> ended_;
  uint64_t step_ = 0; ///< completed when the last span ended
  part evaluated_ = part::test;
};

} // namespace models
