#pragma once

// Which centre is nearest: the inner loop of k-means. By products, since
// |x - c|^2 / 2 = |x|^2 / 2 + (|c|^2 / 2 - x c), of which only the bracket
// differs from centre to centre. An element's bits do not depend on which rows
// are asked together. Any thread.

#include <models/clustering/centre_view.hpp>
#include <models/nn/simd.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace models::clustering {

/// Writes what a `centre_view` shows.
/// @param centres clusters x columns, row-major
/// @param negated columns x padded, @param halves padded
void arrange_centres(std::span<const float> centres,
                     size_t columns,
                     std::span<float> negated,
                     std::span<float> halves);

/// Scratch memory of `find_nearest`; one a thread.
struct nearest_scratch {
  std::vector<float> scores;
};

/// @param rows pointers to rows of `centres.columns` floats
/// @param out rows.size(); of equals the first centre
/// @param want_second whether `second` is computed; else it is 0
void find_nearest(const centre_view& centres,
                  std::span<const float* const> rows,
                  nearest* out,
                  bool want_second,
                  nearest_scratch& scratch);

/// The square of the distance of two points, by differences: small distances
/// are exact, which they are not by products.
float squared_distance(const float* a, const float* b, size_t columns);

/// How many points `distances_to_few` takes.
inline constexpr size_t few = simd::width > 8 ? simd::width : 8;

/// Squared distances from rows to a few points, by differences.
/// @param points columns x few, transposed
/// @param out count x few
void distances_to_few(const float* rows,
                      size_t count,
                      size_t stride,
                      size_t columns,
                      const float* points,
                      float* out);

} // namespace models::clustering
