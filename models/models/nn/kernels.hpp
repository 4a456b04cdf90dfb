#pragma once

// The two matrix products of dense layers, for operands that are rows in
// memory. They need no packing, no scratch memory and no alignment, and an
// element's bits depend only on the numbers that enter it and their order:
// not on tiles, on where a range is cut, or on the sizes of caches (Eigen's own
// product blocks by the latter). At the shapes of training (4 to 128 rows) they
// are as fast or faster, see bench/train_engine.cpp.
// All functions may be called from any thread.

#include <cstddef>
#include <cstdint>

namespace models::kernels {

/// A left operand whose element (i, k) lies at row(i)[k * step].
struct left_rows {
  const float* const* rows; ///< one pointer a row
  size_t step = 1;          ///< floats from k to k + 1
};

/// A matrix of padded rows.
struct matrix {
  float* data;
  size_t stride; ///< floats from row to row
};

struct const_matrix {
  const float* data;
  size_t stride; ///< floats from row to row
};

/// c(i, j) = start + sum over k of a(i, k) * b(k, j), by one chain of fused
/// multiply-adds in the order of k.
/// @param m,n,depth c is m x n; n is a multiple of 16, padding included
/// @param start n floats every row of c starts from; null: c as it is
void product(size_t m,
             size_t n,
             size_t depth,
             left_rows a,
             const_matrix b,
             const float* start,
             matrix c);

/// c(i, j) *= sum over k of a(i, k) * b(j, k): the product by the transpose
/// of `b`, times what is there.
/// @param m,n,depth c is m x n (n: any), depth a multiple of 16, padding
///        included
void scale_by_transposed_product(
  size_t m, size_t n, size_t depth, const_matrix a, const_matrix b, matrix c);

} // namespace models::kernels
