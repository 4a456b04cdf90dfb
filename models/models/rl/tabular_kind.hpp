#pragma once

#include <models/kinds/kind.hpp>

namespace models {

/// Policies learned by acting, see tabular.hpp.
model_kind qlearning_kind();
model_kind sarsa_kind();

} // namespace models
