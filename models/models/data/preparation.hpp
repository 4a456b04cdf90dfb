#pragma once

// The parameters that say how data are prepared and divided: what the kinds of
// training have in common. A kind adds these rows to its own table.

#include <models/core/parameters.hpp>
#include <models/data/pipeline.hpp>

#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace models {

/// `scale`, `pca`, `center`, `deskew`.
parameter_table preparation_parameters();

/// What complete parameters ask for. `auto` standardises; images are divided by
/// 255, or by their largest value if it is below 64: they have fewer shades.
preparation preparation_from(const nlohmann::json& params, const table& t);

} // namespace models
