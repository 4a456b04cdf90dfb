#pragma once

// The parameters that say how data are prepared and divided: what the kinds of
// training have in common. A kind adds these rows to its own table.

#include <models/core/parameters.hpp>
#include <models/data/pipeline.hpp>
#include <models/data/split.hpp>

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

namespace models {

/// `scale`, `pca`, `center`, `deskew`.
parameter_table preparation_parameters();

/// What complete parameters ask for. `auto` standardises; images are divided by
/// 255, or by their largest value if it is below 64: they have fewer shades.
preparation preparation_from(const nlohmann::json& params, const table& t);

/// `split`, `folds`.
parameter_table split_parameters();

/// The rows for training, validation and test that complete parameters ask for:
/// `test_split`, `split`, `seed` and, if the kind stops early, a tenth of the
/// rows that do not test to decide when. Rows without a class count as of one.
/// @param fold of a cross-validation by `folds`; none: for the model itself
/// Throws `std::invalid_argument` as `split_rows` and `fold_rows`.
row_split split_from(const nlohmann::json& params,
                     const table& t,
                     bool stops_early,
                     std::optional<uint32_t> fold = std::nullopt);

} // namespace models
