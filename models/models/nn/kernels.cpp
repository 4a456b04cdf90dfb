#include <models/nn/kernels.hpp>
#include <models/nn/simd.hpp>

#include <algorithm>

namespace models::kernels {

namespace {

using namespace models::simd;

/// Rows of a tile: with two vectors a row 12 accumulators, which together
/// with the operands fill the 16 registers of AVX2.
constexpr size_t tile_rows = 6;

/// Rows of `b` in one go: their part of a tile's column stays in the L1 cache
/// for all tiles of the column.
constexpr size_t depth_block = 256;

/// One tile of Rows x Vecs vectors.
template <size_t Rows, size_t Vecs>
[[gnu::always_inline]] inline void
tile(size_t depth, left_rows a, const_matrix b, const float* start, matrix c) {
  const float* row[Rows];
  vec sum[Rows][Vecs];
  for (size_t i = 0; i < Rows; ++i) {
    row[i] = a.rows[i];
    for (size_t v = 0; v < Vecs; ++v)
      sum[i][v] = load((start ? start : c.data + i * c.stride) + v * width);
  }
  auto right = b.data;
  size_t at = 0;
  for (size_t k = 0; k < depth; ++k, at += a.step, right += b.stride) {
    vec column[Vecs];
    for (size_t v = 0; v < Vecs; ++v)
      column[v] = load(right + v * width);
    for (size_t i = 0; i < Rows; ++i) {
      auto left = all(row[i][at]);
      for (size_t v = 0; v < Vecs; ++v)
        sum[i][v] = pmadd(left, column[v], sum[i][v]);
    }
  }
  for (size_t i = 0; i < Rows; ++i)
    for (size_t v = 0; v < Vecs; ++v)
      pstoreu(c.data + i * c.stride + v * width, sum[i][v]);
}

/// A column of tiles; the rows are dealt evenly, so that 16 rows are 6 + 5 + 5
/// and no tile is too small to hide the latency of its additions.
template <size_t Vecs>
void column(size_t m,
            size_t depth,
            left_rows a,
            const_matrix b,
            const float* start,
            matrix c) {
  for (auto tiles = (m + tile_rows - 1) / tile_rows; tiles > 0; --tiles) {
    auto rows = (m + tiles - 1) / tiles;
    switch (rows) {
    case 1:
      tile<1, Vecs>(depth, a, b, start, c);
      break;
    case 2:
      tile<2, Vecs>(depth, a, b, start, c);
      break;
    case 3:
      tile<3, Vecs>(depth, a, b, start, c);
      break;
    case 4:
      tile<4, Vecs>(depth, a, b, start, c);
      break;
    case 5:
      tile<5, Vecs>(depth, a, b, start, c);
      break;
    default:
      tile<6, Vecs>(depth, a, b, start, c);
    }
    a.rows += rows;
    c.data += rows * c.stride;
    m -= rows;
  }
}

/// Sums of products of Rows rows of `a` with Cols rows of `b`.
template <size_t Rows, size_t Cols>
[[gnu::always_inline]] inline void
dot_tile(size_t depth, const_matrix a, const_matrix b, matrix c) {
  vec sum[Rows][Cols];
  for (auto& row : sum)
    std::fill(std::begin(row), std::end(row), all(0));
  for (size_t k = 0; k < depth; k += width) {
    vec right[Cols];
    for (size_t j = 0; j < Cols; ++j)
      right[j] = load(b.data + j * b.stride + k);
    for (size_t i = 0; i < Rows; ++i) {
      auto left = load(a.data + i * a.stride + k);
      for (size_t j = 0; j < Cols; ++j)
        sum[i][j] = pmadd(left, right[j], sum[i][j]);
    }
  }
  for (size_t i = 0; i < Rows; ++i)
    for (size_t j = 0; j < Cols; ++j)
      c.data[i * c.stride + j] *= Eigen::internal::predux(sum[i][j]);
}

template <size_t Rows>
void dot_rows(
  size_t n, size_t depth, const_matrix a, const_matrix b, matrix c) {
  size_t j = 0;
  for (; j + 3 <= n; j += 3)
    dot_tile<Rows, 3>(depth, a, {b.data + j * b.stride, b.stride},
                      {c.data + j, c.stride});
  for (; j < n; ++j)
    dot_tile<Rows, 1>(depth, a, {b.data + j * b.stride, b.stride},
                      {c.data + j, c.stride});
}

} // namespace

void product(size_t m,
             size_t n,
             size_t depth,
             left_rows a,
             const_matrix b,
             const float* start,
             matrix c) {
  // A stretch of one row of pointers per block would need new pointers, so a
  // block's offset goes into copies of them.
  const float* rows[256];
  for (size_t i0 = 0; i0 < m; i0 += std::size(rows)) {
    auto count = std::min(m - i0, std::size(rows));
    auto part = matrix{c.data + i0 * c.stride, c.stride};
    for (size_t k = 0; k == 0 || k < depth; k += depth_block) {
      auto deep = std::min(depth_block, depth - k);
      for (size_t i = 0; i < count; ++i)
        rows[i] = a.rows[i0 + i] + k * a.step;
      auto left = left_rows{rows, a.step};
      auto right = b.data + k * b.stride;
      size_t j = 0;
      for (; j + 2 * width <= n; j += 2 * width)
        column<2>(count, deep, left, {right + j, b.stride},
                  k == 0 && start ? start + j : nullptr,
                  {part.data + j, part.stride});
      for (; j < n; j += width)
        column<1>(count, deep, left, {right + j, b.stride},
                  k == 0 && start ? start + j : nullptr,
                  {part.data + j, part.stride});
    }
  }
}

void scale_by_transposed_product(
  size_t m, size_t n, size_t depth, const_matrix a, const_matrix b, matrix c) {
  size_t i = 0;
  for (; i + 4 <= m; i += 4)
    dot_rows<4>(n, depth, {a.data + i * a.stride, a.stride}, b,
                {c.data + i * c.stride, c.stride});
  for (; i < m; ++i)
    dot_rows<1>(n, depth, {a.data + i * a.stride, a.stride}, b,
                {c.data + i * c.stride, c.stride});
}

} // namespace models::kernels
