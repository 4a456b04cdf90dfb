#pragma once

#include <roles/compute/job_run.hpp>

namespace roles {

/// The job kind of any kind of model that is trained in rounds.
/// @pre kind.make is not null; `kind` lives as long as the program
job_kind rounds_kind(const models::model_kind& kind);

} // namespace roles
