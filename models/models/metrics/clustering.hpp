#pragma once

// How good a clustering is: by itself (inertia, silhouette) or next to known
// classes (adjusted Rand index, normalised mutual information). Pure functions,
// any thread; the conventions are scikit-learn's.

#include <models/core/rows.hpp>

#include <cstdint>
#include <span>

namespace models {

/// Agreement of two partitions of the same rows, 1 for equal ones, about 0 for
/// independent ones; the names of the clusters do not matter.
/// @param a,b cluster of each row, any numbers; -1 is one like others
/// Throws `std::invalid_argument` for other lengths.
/// Source: Hubert, Arabie (1985), "Comparing partitions".
double adjusted_rand_index(std::span<const int32_t> a,
                           std::span<const int32_t> b);

/// Mutual information by the arithmetic mean of the entropies, 0 to 1.
/// Throws `std::invalid_argument` for other lengths.
/// Source: Strehl, Ghosh (2002), "Cluster ensembles".
double normalized_mutual_information(std::span<const int32_t> a,
                                     std::span<const int32_t> b);

/// Sum of the squared distances to the centres.
/// @param labels 0 to clusters - 1
/// @param centres clusters x x.columns, row-major
double inertia(const rows_view& x,
               std::span<const int32_t> labels,
               std::span<const float> centres);

/// The mean over the rows of (b - a) / max(a, b): `a` is the mean distance to
/// the others of the own cluster, `b` the least mean distance to another one;
/// 0 for a row alone in its cluster. From -1 to 1.
/// @param labels 0 or more; rows with negative ones are left out
/// Throws `std::invalid_argument` for other lengths, and unless there are from
/// 2 clusters to one less than rows.
/// Cost: rows^2 / 2 distances.
/// Source: Rousseeuw (1987), "Silhouettes".
double silhouette(const rows_view& x, std::span<const int32_t> labels);

/// A part of it: the sum over some rows of their silhouettes.
/// @param rows all rows that are judged; `labels` theirs, 0 to clusters - 1
/// @param first,last the part
double silhouette_sum(std::span<const float* const> rows,
                      size_t columns,
                      std::span<const int32_t> labels,
                      size_t clusters,
                      size_t first,
                      size_t last);

} // namespace models
