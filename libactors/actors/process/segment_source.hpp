#pragma once

/// The two ends of passing shared memory to a worker, the same for a worker
/// that is an actor, a thread or a process: the owner `offer`s a segment, then
/// sends a message with its id; the worker `attach`es by that id.

#include <actors/process/shared_segment.hpp>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace actors {

/// The worker's end. Thread safe.
class segment_source {
public:
  virtual ~segment_source();

  /// The segment of this id, waiting up to `deadline` for it to arrive.
  /// Blocks; but an id that came in a message was offered before that, so
  /// the wait is for the impossible. Each offer is attached at most once in
  /// another process, and as often as one likes in ours.
  /// @returns it, or `process_errc::segment_failed`
  virtual caf::expected<segment_ptr>
  attach(uint64_t id, std::chrono::milliseconds deadline) = 0;
};

/// The owner's end. Thread safe.
class segment_sink {
public:
  virtual ~segment_sink();

  /// Makes the segment available to the worker. Never blocks: a worker that is
  /// gone, or that has not taken those before, is an error.
  /// @returns no error, or `process_errc::segment_failed`
  virtual caf::error offer(const segment_ptr& segment) = 0;
};

/// Both ends for workers in this process. Holds no segment alive: who offered
/// one must keep it until the workers have attached.
class segment_registry : public segment_source, public segment_sink {
public:
  caf::expected<segment_ptr>
  attach(uint64_t id, std::chrono::milliseconds deadline) override;

  caf::error offer(const segment_ptr& segment) override;

private:
  std::mutex mutex_;
  std::unordered_map<uint64_t, std::weak_ptr<shared_segment>> segments_;
};

/// The registry of this process.
const std::shared_ptr<segment_registry>& local_segments();

} // namespace actors
