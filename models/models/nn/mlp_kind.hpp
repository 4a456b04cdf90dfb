#pragma once

#include <models/kinds/kind.hpp>
#include <models/metrics/classification.hpp>
#include <models/nn/mlp.hpp>

#include <nlohmann/json_fwd.hpp>

namespace models {

/// The kinds `mlp` and `cnn`, as far as they are like others.
model_kind mlp_model_kind();
model_kind cnn_model_kind();

/// The shape of a model's network; the weights as a block.
/// @throws data_error, std::invalid_argument for what does not fit
mlp_layout layout_of(const model_file& model);
std::vector<float> parameters_of(const mlp_layout& layout,
                                 const model_file& model);

/// Measures as the records have them.
nlohmann::json to_json(const classification_report& report);

/// Measures of numbers (mae, rmse, r2) or flags.
/// @param truth,outputs rows x width, row-major
nlohmann::json measure_outputs(output_kind kind,
                               std::span<const float> truth,
                               std::span<const float> outputs,
                               size_t width);

} // namespace models
