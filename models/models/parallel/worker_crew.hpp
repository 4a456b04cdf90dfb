#pragma once

// A computation's workers as threads of this process.

#include <models/parallel/board_worker.hpp>

#include <thread>
#include <vector>

namespace models {

/// Threads that compute until the run is over. Destroying it ends the run,
/// however far it is, and waits for the tasks being computed.
class worker_crew {
public:
  /// @param memory holds the computation, as `make_worker` wants it
  /// @param threads 1..255
  /// @throws what `make_worker` throws
  worker_crew(std::span<std::byte> memory, uint32_t threads);
  ~worker_crew();

  worker_crew(const worker_crew&) = delete;
  worker_crew& operator=(const worker_crew&) = delete;

private:
  std::vector<std::unique_ptr<board_worker>> workers_;
  std::vector<std::thread> threads_;
};

} // namespace models
