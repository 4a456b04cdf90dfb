#pragma once

#include <models/kinds/kind.hpp>

namespace models {

/// The kind `pca`.
model_kind pca_kind();

} // namespace models
