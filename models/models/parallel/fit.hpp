#pragma once

// Training in one call, inside one process: the engine of leptond with threads
// for workers.

#include <models/parallel/training_loop.hpp>

#include <functional>

namespace models {

/// A block's memory inside a process: zeroed, on a cache line, in large pages
/// where the kernel has them.
class block_memory {
public:
  /// @throws std::bad_alloc
  explicit block_memory(size_t bytes);
  block_memory(const block_memory&) = delete;
  block_memory& operator=(const block_memory&) = delete;
  ~block_memory();

  std::span<std::byte> bytes() { return bytes_; }

private:
  std::span<std::byte> bytes_;
};

/// What a training left.
struct fit_result {
  std::vector<float> best; ///< the weights with the least loss, a block
  std::vector<epoch_result> history;
  training_end end = training_end::epochs_done;
  uint64_t diverged_at = 0;       ///< step (from 1), 0: it did not diverge
  double test_loss = 0;           ///< of the test rows by the best weights
  double test_accuracy = 0;       ///< likewise
  std::vector<int32_t> predicted; ///< likewise, classes
  std::vector<float> outputs;     ///< likewise, flags and numbers
};

/// Trains a network.
/// @param threads 1..255 workers; does not change the result
/// @param on_span called between spans by the calling thread
/// @throws std::invalid_argument as `check(config, set)`, or for `threads`
fit_result fit_mlp(const training_config& config,
                   const training_set& set,
                   uint32_t threads = 1,
                   const std::function<void(const training_loop&,
                                            const span_report&)>& on_span = {});

} // namespace models
