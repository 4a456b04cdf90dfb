#pragma once

// Worlds to learn in. A learner acts; the world answers with a state and a
// reward. Two kinds: those with numbered states, for tables, and those that
// show some numbers (`boxes.hpp` makes the former of the latter).
//
// A world of your own is any class with the members that the concepts name;
// loops over it are templates and as fast as your code. Derive from
// `virtual_world` where the type is known at run time only.
//
//   struct corridor {
//     uint32_t states() const { return 10; }
//     uint32_t actions() const { return 2; } // left, right
//     uint32_t step_limit() const { return 1000; }
//     uint32_t reset(models::random_stream&) { return at = 0; }
//     models::world_step step(uint32_t action, models::random_stream&) {
//       at = action == 1 ? at + 1 : at - (at > 0);
//       return {at, -1, at == 9};
//     }
//     uint32_t at = 0;
//   };
//
// A world belongs to one thread at a time; all its randomness has to come from
// the stream that it is given, so that an episode can be done again.

#include <models/rl/random_stream.hpp>

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>

namespace models {

/// What a world with numbered states answers.
struct world_step {
  uint32_t state = 0;
  double reward = 0;
  bool terminal = false; ///< the episode is over: nothing more to be gained
};

/// A world whose states have numbers, 0 to states() - 1.
template <class T>
concept table_world = requires(T& world, const T& same, random_stream& random) {
  { same.states() } -> std::convertible_to<uint32_t>;
  { same.actions() } -> std::convertible_to<uint32_t>;
  /// Steps after which an episode is cut off, which is no end: >= 1.
  { same.step_limit() } -> std::convertible_to<uint32_t>;
  /// Begins an episode. @returns the first state
  { world.reset(random) } -> std::convertible_to<uint32_t>;
  /// @pre the episode is not over
  { world.step(uint32_t{}, random) } -> std::convertible_to<world_step>;
};

/// What a world that shows numbers answers; they are seen by `observe`.
struct control_step {
  double reward = 0;
  bool terminal = false;
};

/// A world that shows features() numbers instead of the number of its state.
template <class T>
concept control_world = requires(T& world,
                                 const T& same,
                                 std::span<float> out,
                                 random_stream& random) {
  { same.features() } -> std::convertible_to<uint32_t>;
  { same.actions() } -> std::convertible_to<uint32_t>;
  { same.step_limit() } -> std::convertible_to<uint32_t>;
  world.reset(random);
  { world.step(uint32_t{}, random) } -> std::convertible_to<control_step>;
  /// @param out features()
  same.observe(out);
};

/// A world with numbered states whose type is known at run time only.
class virtual_world {
public:
  virtual ~virtual_world() = default;

  virtual uint32_t states() const = 0;
  virtual uint32_t actions() const = 0;
  virtual uint32_t step_limit() const = 0;
  virtual uint32_t reset(random_stream& random) = 0;
  virtual world_step step(uint32_t action, random_stream& random) = 0;
};

} // namespace models
