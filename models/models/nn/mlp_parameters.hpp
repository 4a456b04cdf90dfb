#pragma once

#include <models/core/parameters.hpp>

namespace models::nn {

/// The parameters of the kind `mlp` with their ranges and defaults: the one
/// table behind `lepton train mlp`, its help, and the check of `POST
/// /api/v1/jobs`. Valid for the program's lifetime, any thread.
parameter_table mlp_parameters();

} // namespace models::nn
