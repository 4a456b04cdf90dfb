#pragma once

// Agglomeration by chains of nearest neighbours: from any cluster to its
// nearest one, to the nearest of that, until two are nearest to each other;
// these are joined. For the linkages here that gives the same tree as always
// joining the two nearest ones, in O(n^2) time. Internal.
// Source: Murtagh (1983), "A survey of recent advances in hierarchical
// clustering algorithms"; ties as in SciPy.

#include <models/clustering/linkage.hpp>

namespace models::clustering {

/// Floats between two rows of a matrix of distances of n rows.
constexpr size_t matrix_stride(size_t n) {
  return (n + 15) / 16 * 16;
}

/// Joins the rows of a matrix of distances, step by step. One thread.
///
/// A new cluster's distances are written to its row alone; others look them up
/// when they next read theirs. Once half of the clusters are gone the matrix is
/// packed, so that nearly all that is read is of use.
class nn_chain {
public:
  /// @param distances n x matrix_stride(n), symmetric; of rows to themselves
  /// and behind n infinite. For ward squared. Is overwritten; outlives this.
  nn_chain(float* distances, size_t n, linkage_method method);

  /// Joins at most `count` more pairs. @returns whether some are left
  bool join(size_t count);

  /// Joins the pairs that another one has joined, in their order.
  /// @throws std::invalid_argument for pairs that cannot be
  void replay(std::span<const uint32_t> pairs, std::span<const uint32_t> chain);

  /// Pairs so far, in the order of discovery; of ward squared.
  const std::vector<cluster_merge>& merges() const { return merges_; }

  /// The chain, for `replay`.
  std::vector<uint32_t> chain() const;

private:
  struct birth {
    uint32_t time;
    uint32_t column;
  };

  struct neighbour {
    uint32_t column;
    float distance;
  };

  float* row(size_t i) { return d_ + i * stride_; }

  void refresh(uint32_t i);
  neighbour nearest(uint32_t i, const uint32_t* before);
  void merge(uint32_t x, uint32_t y, float distance);
  void combine(uint32_t x, uint32_t y, float distance);
  void pack();
  uint32_t column_of(uint32_t id) const;

  float* d_;
  size_t width_; ///< columns, those of dead clusters too
  size_t stride_;
  size_t alive_;
  linkage_method method_;
  std::vector<uint32_t> ids_;   ///< a row of each cluster
  std::vector<float> sizes_;    ///< rows; 0: dead
  std::vector<float> gone_;     ///< infinite for the dead, 0 else
  std::vector<uint32_t> known_; ///< a row knows all that were born until then
  std::vector<uint32_t> born_;  ///< when; 0: a row
  std::vector<birth> births_;   ///< in their order; some are over
  std::vector<uint32_t> chain_;
  std::vector<cluster_merge> merges_;
  size_t first_ = 0; ///< no column before is alive
};

} // namespace models::clustering
