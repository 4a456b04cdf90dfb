#pragma once

#include <models/clustering/centre_view.hpp>

namespace models::clustering {

/// Whether this processor has what `find_nearest_wide` needs.
bool has_wide_vectors();

/// `find_nearest` by vectors of 16 floats (AVX-512), to the same bits: each
/// score is the same chain of fused multiply-adds.
void find_nearest_wide(const centre_view& centres,
                       const float* const* rows,
                       size_t count,
                       nearest* out,
                       bool want_second);

} // namespace models::clustering
