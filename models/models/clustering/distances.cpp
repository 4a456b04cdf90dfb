#include <models/clustering/distances.hpp>
#include <models/nn/simd.hpp>

#include <algorithm>
#include <limits>

namespace models::clustering {

namespace {

using simd::vec;

constexpr size_t tall = 4;    // rows at a time
constexpr size_t wide = 16;   // columns at a time, in vectors
constexpr size_t summed = 64; // features before a sum of sums: less rounding

constexpr size_t vectors = wide / simd::width;

/// A block of the matrix, on the stack.
struct tile {
  alignas(64) float at[block_rows][block_rows];
};

template <distance_measure Measure>
[[gnu::always_inline]] inline vec add(vec sum, vec a, vec b) {
  auto d = simd::psub(a, b);
  if constexpr (Measure == distance_measure::manhattan)
    return simd::padd(sum, simd::pabs(d));
  else
    return simd::pmadd(d, d, sum);
}

/// Distances of `tall` rows to `wide` others, into a tile.
template <distance_measure Measure>
void panel(const columns_view& x, size_t i, size_t j, float* out) {
  vec total[tall][vectors], sum[tall][vectors];
  for (auto& rows : total)
    for (auto& t : rows)
      t = simd::all(0);
  for (size_t first = 0; first < x.columns; first += summed) {
    for (auto& rows : sum)
      for (auto& s : rows)
        s = simd::all(0);
    auto last = std::min(x.columns, first + summed);
    for (auto* f = x.data + first * x.stride; f != x.data + last * x.stride;
         f += x.stride)
      for (size_t v = 0; v < vectors; ++v) {
        auto b = simd::load(f + j + v * simd::width);
        for (size_t r = 0; r < tall; ++r)
          sum[r][v] = add<Measure>(sum[r][v], simd::all(f[i + r]), b);
      }
    for (size_t r = 0; r < tall; ++r)
      for (size_t v = 0; v < vectors; ++v)
        total[r][v] = simd::padd(total[r][v], sum[r][v]);
  }
  for (size_t r = 0; r < tall; ++r)
    for (size_t v = 0; v < vectors; ++v) {
      auto t = total[r][v];
      if constexpr (Measure == distance_measure::euclidean)
        t = simd::sqrt(t);
      simd::pstoreu(out + r * block_rows + v * simd::width, t);
    }
}

/// Writes a tile to its place and, turned, to the other one.
void write(
  const tile& t, const columns_view& x, size_t i, size_t j, float* out) {
  auto height = std::min(block_rows, x.rows - i);
  auto width = std::min(block_rows, x.rows - j);
  for (size_t r = 0; r < height; ++r)
    std::copy_n(t.at[r], width, out + (i + r) * x.stride + j);
  for (size_t c = 0; c < width; ++c)
    for (size_t r = 0; r < height; ++r)
      out[(j + c) * x.stride + i + r] = t.at[r][c];
}

template <distance_measure Measure>
void distances(const columns_view& x, size_t block, float* out) {
  tile t;
  auto i = block * block_rows;
  for (auto j = i; j < x.rows; j += block_rows) {
    for (size_t c = 0; c < block_rows && j + c < x.stride; c += wide)
      for (size_t r = 0; r < block_rows && i + r < x.rows; r += tall)
        panel<Measure>(x, i + r, j + c, &t.at[r][c]);
    write(t, x, i, j, out);
  }
}

} // namespace

void distances_of_block(const columns_view& x,
                        distance_measure measure,
                        size_t block,
                        float* out) {
  switch (measure) {
  case distance_measure::squared:
    distances<distance_measure::squared>(x, block, out);
    break;
  case distance_measure::euclidean:
    distances<distance_measure::euclidean>(x, block, out);
    break;
  case distance_measure::manhattan:
    distances<distance_measure::manhattan>(x, block, out);
  }
  constexpr auto infinite = std::numeric_limits<float>::infinity();
  auto first = block * block_rows;
  for (auto i = first; i < std::min(x.rows, first + block_rows); ++i) {
    auto row = out + i * x.stride;
    row[i] = infinite;
    std::fill(row + x.rows, row + x.stride, infinite);
  }
}

} // namespace models::clustering
