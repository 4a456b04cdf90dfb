#pragma once

#include <models/kinds/kind.hpp>
#include <models/rl/boxes.hpp>

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace models {

/// What a policy by a table is asked by.
struct policy_inputs {
  /// Of the states; none if the state is found by numbers.
  std::vector<std::string> state_names;
  std::vector<std::string> feature_names; ///< of those numbers
  const boxes* cut = nullptr;             ///< how they are cut, or nullptr
};

/// Puts what actions are worth in each state into a model file: tensors,
/// pipeline, and into `params` the way from inputs to a state.
/// @param params an object with what else the kind wants to keep
/// @param values states x classes; what is beyond float becomes the next to it
void put_table_policy(model_file& file,
                      const policy_inputs& inputs,
                      nlohmann::json params,
                      const std::vector<double>& values);

/// Looks up the values of the actions in a state.
/// @throws data_error for a file that has no such table
std::unique_ptr<predictor> load_table_policy(const model_file& file);

} // namespace models
