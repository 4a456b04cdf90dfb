#pragma once

#include <models/kinds/kind.hpp>

namespace models {

/// The kind `mdp`: the best policy of a known process.
model_kind mdp_kind();

} // namespace models
