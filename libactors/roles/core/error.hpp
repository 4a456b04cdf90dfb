#pragma once

#include <caf/all.hpp>

#include <exception>
#include <string>

namespace roles {

/// What the roles answer with. Each carries one text for people that names the
/// thing and the remedy.
enum class role_errc : uint8_t {
  none = 0,
  /// The request itself is malformed or out of range.
  bad_request,
  /// The request is well formed, its content is not usable.
  bad_content,
  /// No such name, job or model.
  not_found,
  /// The state of the thing does not allow it.
  conflict,
  /// Not now: try again soon.
  unavailable,
  /// Our own fault: disk, memory, a defect.
  failed,
  /// A worker does not hold the model it was asked about.
  need_model,
};

std::string to_string(role_errc x);

} // namespace roles

CAF_ERROR_CODE_ENUM(roles::role_errc, "role")

namespace roles {

caf::error make_role_error(role_errc code, std::string text);

/// The exception in flight as an error: the one place where what `models` and
/// the engines throw becomes what actors return. Call it in a `catch`.
caf::error error_in_flight();

/// Lets `actor_system::render` print our errors by their text.
void add_role_errors(caf::actor_system_config& cfg);

} // namespace roles
