#pragma once

#include <cstdint>

/// The families of random numbers that training draws from one seed, see
/// `make_key`. Numbers, not positions: changing one changes every result.
namespace models::streams {

inline constexpr uint32_t weights = 1; ///< initial weights
inline constexpr uint32_t dropout = 2; ///< units left out

} // namespace models::streams
