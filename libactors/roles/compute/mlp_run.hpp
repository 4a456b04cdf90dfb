#pragma once

#include <roles/compute/job_run.hpp>

namespace roles {

/// The job kind `mlp`: trains a multilayer perceptron.
job_kind mlp_kind();

} // namespace roles
