#pragma once

#include <models/core/parameters.hpp>
#include <models/rl/tabular.hpp>

#include <nlohmann/json_fwd.hpp>

namespace models {

/// The parameters of the kinds that learn tables.
parameter_table qlearning_parameters();
parameter_table sarsa_parameters();

/// @param rule unless the parameters say `expected`
/// @param params complete and in range
/// @throws std::invalid_argument as `check`
learning_config learning_config_from(value_rule rule,
                                     const nlohmann::json& params);

} // namespace models
