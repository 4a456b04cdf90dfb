#pragma once

#include <models/kinds/kind.hpp>
#include <models/nn/mlp.hpp>

namespace models {

/// The kind `mlp`, as far as it is like others.
model_kind mlp_model_kind();

/// The shape of a model's network; the weights as a block.
/// @throws data_error, std::invalid_argument for what does not fit
mlp_layout layout_of(const model_file& model);
std::vector<float> parameters_of(const mlp_layout& layout,
                                 const model_file& model);

} // namespace models
