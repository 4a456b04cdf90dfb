#pragma once

#include <models/core/parameters.hpp>
#include <models/parallel/training_config.hpp>

#include <nlohmann/json_fwd.hpp>

namespace models::nn {

/// The parameters of the kind `mlp` with their ranges and defaults: the one
/// table behind `lepton train mlp`, its help, and the check of `POST
/// /api/v1/jobs`. Valid for the program's lifetime, any thread.
parameter_table mlp_parameters();

/// The same for the kind `cnn`.
parameter_table cnn_parameters();

/// The request that complete parameters of `mlp` or `cnn` make; what follows
/// from the data (inputs, outputs, class weights, the image unless it is among
/// the parameters) is left open.
/// @throws std::invalid_argument for parameters that exclude each other
training_config training_from(const nlohmann::json& params);

} // namespace models::nn
