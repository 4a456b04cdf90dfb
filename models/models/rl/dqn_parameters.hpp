#pragma once

#include <models/core/parameters.hpp>
#include <models/rl/dqn.hpp>

#include <nlohmann/json_fwd.hpp>

namespace models {

/// The parameters of the kind `dqn`.
parameter_table dqn_parameters();

/// @param params complete and in range
/// @throws std::invalid_argument as `check`
dqn_config dqn_config_from(const nlohmann::json& params);

} // namespace models
