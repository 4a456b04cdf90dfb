#pragma once

#include <models/kinds/kind.hpp>

namespace models {

/// The kind `hclust`.
model_kind hclust_kind();

} // namespace models
