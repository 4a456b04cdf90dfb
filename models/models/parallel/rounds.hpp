#pragma once

// Computations in rounds: in each, any number of workers compute the tasks, in
// any order, any number of times; then one, the conductor, takes the results
// in the order of the tasks and decides what the next round is about. What a
// task reads does not change in its round and nobody else writes where it
// writes, so the bits depend neither on who computes nor on who dies.
//
// A kind of computation is two classes: a `round_algorithm` for the conductor
// and `round_tasks` for the workers, over one payload of shared memory whose
// layout both know. Its workers find it by its name in rounds_programs.cpp.

#include <models/io/tensor.hpp>
#include <models/parallel/board_worker.hpp>

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace models {

/// The workers' side of a computation: a view of its payload. Has no state of
/// its own that tells from one task to the next.
class round_tasks {
public:
  virtual ~round_tasks() = default;

  /// Computes a task of the round at hand.
  virtual void compute(uint32_t task) = 0;
};

/// How workers join a computation.
struct round_program {
  std::string_view name; ///< 1 to 23 bytes

  /// @throws std::invalid_argument for a payload that is too short
  std::unique_ptr<round_tasks> (*attach)(std::span<std::byte> payload);
};

/// @returns the program, or nullptr
const round_program* find_round_program(std::string_view name);

/// What a computation needs to go on from, between two rounds.
struct round_state {
  tensor_map tensors;
  std::string json = "{}";
};

/// The conductor's side of a computation. Thread: one at a time.
class round_algorithm {
public:
  virtual ~round_algorithm() = default;

  /// The name of its `round_program`.
  virtual std::string_view program() const = 0;

  /// Tasks of every round, 1..4096; some may have nothing to do.
  virtual uint32_t tasks() const = 0;

  /// Bytes that workers and conductor share.
  virtual size_t payload_bytes() const = 0;

  /// Writes the data and the first state.
  /// @param payload zeroed, `payload_bytes()`, on a cache line; outlives it
  virtual void lay_out(std::span<std::byte> payload) = 0;

  /// Prepares the next round. @returns false if the computation is over
  virtual bool next_round() = 0;

  /// Takes the results of the round.
  virtual void end_round() = 0;

  /// The state between two rounds, and back. `restore` follows `lay_out`.
  /// @throws std::invalid_argument for a state of another computation
  virtual round_state save() const = 0;
  virtual void restore(const round_state& state) = 0;
};

/// The memory of a computation: the board, then the payload.
class round_block {
public:
  static size_t bytes(const round_algorithm& algorithm);

  /// @param memory zeroed, at least `bytes(algorithm)`, on a cache line
  /// @throws std::invalid_argument if it does not fit
  static round_block create(std::span<std::byte> memory,
                            const round_algorithm& algorithm);

  /// @throws std::invalid_argument if the memory is no such block, of another
  /// version or of another size than it says
  static round_block attach(std::span<std::byte> memory);

  /// Whether such a block begins here.
  static bool is_one(std::span<const std::byte> memory);

  board_words& words() const;
  task_words tasks() const;
  std::string_view program() const;
  std::span<std::byte> payload() const;

private:
  struct header;

  explicit round_block(std::span<std::byte> memory) : memory_(memory) {}

  header& head() const;

  std::span<std::byte> memory_;
};

/// Opens round after round for workers that come and go.
class round_loop {
public:
  /// Lays the block out, or goes on from a saved state.
  /// @param memory see `round_block::create`; outlives the loop, as does the
  /// algorithm
  /// @throws std::invalid_argument as `create` and `restore`
  round_loop(std::span<std::byte> memory,
             round_algorithm& algorithm,
             const round_state* from = nullptr);

  /// Opens the next round. @returns false if the computation is over
  bool next();

  /// Sleeps until all tasks are done, at most for `limit`.
  bool wait(std::chrono::nanoseconds limit);

  /// Takes the results. @pre `wait` returned true
  void done();

  /// Lets workers end.
  void finish() { set_flag(block_.words(), run_flag::finished); }

  void abort() { set_flag(block_.words(), run_flag::aborted); }

  /// Gives the tasks of a dead worker to the others.
  uint32_t release(uint8_t owner) {
    return release_owner(block_.words(), block_.tasks(), owner);
  }

private:
  round_block block_;
  round_algorithm& algorithm_;
};

/// Runs a computation to its end in this process.
/// @param threads 1..255; does not change the result
/// @throws std::invalid_argument for `threads`, and what the algorithm throws
void run_rounds(round_algorithm& algorithm, uint32_t threads = 1);

} // namespace models
