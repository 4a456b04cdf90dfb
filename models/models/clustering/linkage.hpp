#pragma once

// The tree of a hierarchical clustering, as a table that says who joined whom.
// Pure functions, any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace models {

/// How far two clusters are from each other.
enum class linkage_method : uint8_t {
  single,   ///< as their nearest rows
  complete, ///< as their farthest rows
  average,  ///< the mean over all pairs of rows
  ward,     ///< by what joining them adds to the sum of squares
};

/// Two clusters that became one. Rows are the clusters 0 to n - 1; the step
/// number i makes cluster n + i, as in SciPy's linkage table.
struct linkage_step {
  uint32_t a = 0; ///< less than b
  uint32_t b = 0;
  double height = 0; ///< their distance
  uint32_t rows = 0; ///< of the new cluster

  friend bool operator==(const linkage_step&, const linkage_step&) = default;
};

/// Two rows whose clusters are joined; in any order of the distances.
struct cluster_merge {
  uint32_t a = 0;
  uint32_t b = 0;
  double height = 0;
};

/// Brings n - 1 merges of n rows in order and gives the clusters their numbers.
/// Merges of equal height keep their order.
std::vector<linkage_step> make_linkage(std::vector<cluster_merge> merges);

/// The cluster of each row if there are to be `clusters` of them; numbered by
/// their first rows.
/// @param steps n - 1
/// Throws `std::invalid_argument` unless it is 1 to n.
std::vector<int32_t> cut_tree(std::span<const linkage_step> steps,
                              uint32_t clusters);

/// How many clusters there are if none is joined above this height.
uint32_t clusters_below(std::span<const linkage_step> steps, double height);

/// The upper part of the tree as a drawing, a line of text each: leaves are
/// single rows or clusters of several, the way to the right is the height.
/// @param leaves at most so many, 2 or more
/// @param width columns of the drawing without the names
std::vector<std::string> dendrogram(std::span<const linkage_step> steps,
                                    size_t leaves = 16,
                                    size_t width = 48);

} // namespace models
