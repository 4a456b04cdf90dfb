#pragma once

/// The child of the conformance suite: one actor that does on request what a
/// child may do, as an actor, on a thread of its own and in a worker process.

#include <caf/all.hpp>

#include <chrono>
#include <string>

namespace conformance {

/// What an incarnation does when it is started.
enum class at_start {
  runs,
  throws,       ///< in its body, before it is ready
  throws_early, ///< in its factory, before there is an actor
  says_failed,  ///< an error instead of an exception
  is_silent,    ///< never says that it is ready
  declines,
  makes_nothing, ///< the factory returns no actor
  is_dead,       ///< the factory returns one that has ended
};

/// What it does when it is asked to stop.
enum class at_stop {
  obeys,
  ignores,    ///< has to be killed
  is_sour,    ///< ends with an error of its own
  quits,      ///< ends normally
  takes_time, ///< ends when it gets the message "go"
};

struct plan {
  at_start start = at_start::runs;
  at_stop stop = at_stop::obeys;
};

/// With what a start fails.
inline constexpr auto start_problem = "no disk";

/// The body. Understands a verb and a text, answers a text:
/// - `echo`: the text
/// - `crash`: throws it; `timer`: throws it a moment later
/// - `fail`: quits with it as the error; `quit`, `shutdown`: without error
/// - `hang`: never returns (in the tests' own process: until `release_hung`)
/// - `healthy`: says that all is well
/// - `go`: see at_stop::takes_time
caf::behavior subject(caf::event_based_actor* self, at_stop stop);

/// Lets go of those who hang, from now on or until `hold_hung`.
void release_hung();
void hold_hung();

/// Whether somebody in this process hangs, after a while.
bool await_hung(std::chrono::seconds patience);

/// What one who hangs prints first.
inline constexpr auto hanging = "hanging";

} // namespace conformance
