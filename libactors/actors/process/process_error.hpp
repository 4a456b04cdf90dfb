#pragma once

#include <actors/process/process_exit.hpp>

#include <caf/all.hpp>

#include <exception>
#include <string>

namespace actors {

/// What can go wrong with an OS process. As a `caf::error` each carries one
/// string, the text for people; `process_error_text` gives it back.
enum class process_errc : uint8_t {
  none = 0,
  /// The process could not be created or its program not be executed.
  spawn_failed,
  /// It was not ready within `start_within`, and was killed for it.
  start_timeout,
  /// It ended before it was ready.
  start_failed,
  /// It ended with a code other than 0.
  exited,
  /// A signal ended it.
  signalled,
  /// It lived on, but its link to us broke, and it was killed for it.
  link_lost,
  /// A shared-memory segment could not be made, sent, received or mapped.
  segment_failed,
  /// The worker's factory has declined to run (`worker_declines`): no failure.
  declined,
};

std::string to_string(process_errc x);

} // namespace actors

CAF_ERROR_CODE_ENUM(actors::process_errc, "process")

namespace actors {

/// An error whose only context is `text`.
caf::error make_process_error(process_errc code, std::string text);

/// The reason that an exit amounts to: no error for code 0, else `exited` or
/// `signalled` with the text of `to_string(process_exit)`.
caf::error to_error(const process_exit& x);

/// The first string in the error's context; without one, CAF's own rendering.
std::string process_error_text(const caf::error& x);

/// Lets `actor_system::render` print our errors by their text.
void add_process_errors(caf::actor_system_config& cfg);

/// An exception as an exit reason that keeps its `what()`. For
/// `self->set_exception_handler(actors::keep_what)` in the actors of a worker,
/// since CAF's own handler loses the text.
caf::error keep_what(caf::scheduled_actor* self, std::exception_ptr& x);

} // namespace actors
