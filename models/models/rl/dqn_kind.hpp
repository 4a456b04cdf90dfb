#pragma once

#include <models/kinds/kind.hpp>

namespace models {

/// Policies by a network, see dqn.hpp.
model_kind dqn_kind();

} // namespace models
