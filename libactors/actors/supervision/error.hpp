#pragma once

#include <actors/supervision/policy.hpp>

#include <caf/all.hpp>

#include <exception>
#include <string>

namespace actors {

/// What a supervised child or its supervisor answers with.
enum class sup_errc : uint8_t {
  none = 0,
  /// The child is between two incarnations: try again.
  restarting,
  /// The child is gone for good.
  gone,
  /// The specification of a supervisor or child is wrong.
  bad_spec,
  /// A child could not be started.
  start_failed,
  /// No child has this id or path.
  not_found,
  /// The request does not fit the state of the child.
  bad_state,
  /// A fault injected on purpose.
  injected,
  /// The actor does not understand the message.
  bad_message,
  /// The message crashed the child again and again; it is not tried any more.
  poisoned,
  /// A dynamic supervisor has as many children as it may have.
  max_children,
};

std::string to_string(sup_errc x);

} // namespace actors

CAF_ERROR_CODE_ENUM(actors::sup_errc, "supervise")

namespace actors {

/// An error whose context is one text for people.
caf::error make_sup_error(sup_errc code, std::string text);

/// The text of any error, without CAF's punctuation: its first string if it
/// carries one, else how CAF renders it.
std::string text_of(const caf::error& x);

/// Lets `actor_system::render` print our errors by their text.
void add_supervision_errors(caf::actor_system_config& cfg);

/// The reason of an exit in the words of supervision.
exit_status status_of(const caf::error& reason);

/// The reverse: the reason to quit with.
caf::error reason_of(const exit_status& status);

/// For `set_exception_handler`: an exit reason that keeps the `what()`, which
/// CAF's own handler prints and drops.
caf::error crash_reason(std::exception_ptr& x);

/// The same when the text is known: to throw again is what costs.
caf::error crash_reason(std::string text);

} // namespace actors
