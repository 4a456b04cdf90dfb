#pragma once

#include <roles/compute/job_run.hpp>

namespace roles {

/// A job kind that trains networks: `mlp`, `cnn`.
job_kind network_kind(const models::model_kind& kind);

} // namespace roles
