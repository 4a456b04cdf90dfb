#pragma once

#include <models/kinds/kind.hpp>

namespace models {

/// What the kinds that learn a policy by acting have in common; the rest is to
/// be filled in.
model_kind policy_kind();

} // namespace models
