#pragma once

#include <models/kinds/kind.hpp>

namespace models {

/// The kind `gmm`.
model_kind gmm_kind();

} // namespace models
