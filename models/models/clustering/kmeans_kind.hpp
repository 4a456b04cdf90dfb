#pragma once

#include <models/kinds/kind.hpp>

namespace models {

/// The kind `kmeans`.
model_kind kmeans_kind();

} // namespace models
