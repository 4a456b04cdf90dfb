// Compiled for AVX-512, whatever the rest is compiled for, and called only
// where the processor has it. So nothing of other headers may be instantiated
// here that the linker could take for the rest: intrinsics only.

#include <models/clustering/nearest_wide.hpp>

#include <immintrin.h>

namespace models::clustering {

namespace {

struct best_so_far {
  float least;
  float second;
  uint32_t at;
};

/// Takes 16 scores, those of the centres from `base` on.
template <bool Second>
[[gnu::always_inline]] inline void
take(best_so_far& best, __m512 scores, uint32_t base) {
  auto least = _mm512_reduce_min_ps(scores);
  if constexpr (!Second) {
    if (least >= best.least)
      return;
  }
  auto equal = _mm512_cmp_ps_mask(scores, _mm512_set1_ps(least), _CMP_EQ_OQ);
  auto first = static_cast<uint32_t>(__builtin_ctz(equal | 0x10000u));
  if constexpr (Second) {
    auto rest = _mm512_mask_mov_ps(scores, static_cast<__mmask16>(1u << first),
                                   _mm512_set1_ps(__builtin_inff()));
    auto next = _mm512_reduce_min_ps(rest);
    if (least < best.least)
      best.second = best.least < next ? best.least : next;
    else if (least < best.second)
      best.second = least;
  }
  if (least < best.least) {
    best.least = least;
    best.at = base + first;
  }
}

/// Scores of Rows rows for 16 Vecs centres.
template <unsigned Rows, unsigned Vecs, bool Second>
[[gnu::always_inline]] inline void panel(const centre_view& c,
                                         size_t padded,
                                         const float* const* rows,
                                         uint32_t base,
                                         best_so_far* best) {
  __m512 sum[Rows][Vecs];
  for (unsigned v = 0; v < Vecs; ++v) {
    auto start = _mm512_loadu_ps(c.halves + base + v * 16);
    for (unsigned i = 0; i < Rows; ++i)
      sum[i][v] = start;
  }
  auto* right = c.negated + base;
  for (size_t k = 0; k < c.columns; ++k, right += padded) {
    __m512 column[Vecs];
    for (unsigned v = 0; v < Vecs; ++v)
      column[v] = _mm512_loadu_ps(right + v * 16);
    for (unsigned i = 0; i < Rows; ++i) {
      auto left = _mm512_set1_ps(rows[i][k]);
      for (unsigned v = 0; v < Vecs; ++v)
        sum[i][v] = _mm512_fmadd_ps(left, column[v], sum[i][v]);
    }
  }
  for (unsigned i = 0; i < Rows; ++i)
    for (unsigned v = 0; v < Vecs; ++v)
      take<Second>(best[i], sum[i][v], base + v * 16);
}

template <unsigned Rows, bool Second>
void tile(const centre_view& c,
          size_t padded,
          const float* const* rows,
          nearest* out) {
  best_so_far best[Rows];
  for (auto& b : best)
    b = {__builtin_inff(), __builtin_inff(), 0};
  size_t base = 0;
  for (; base + 32 <= padded; base += 32)
    panel<Rows, 2, Second>(c, padded, rows, static_cast<uint32_t>(base), best);
  if (base < padded)
    panel<Rows, 1, Second>(c, padded, rows, static_cast<uint32_t>(base), best);
  for (unsigned i = 0; i < Rows; ++i)
    out[i] = {best[i].at, best[i].least, Second ? best[i].second : 0};
}

template <bool Second>
void all_rows(const centre_view& c,
              const float* const* rows,
              size_t count,
              nearest* out) {
  auto padded = (c.clusters + 15) / 16 * 16;
  size_t i = 0;
  for (; i + 12 <= count; i += 12)
    tile<12, Second>(c, padded, rows + i, out + i);
  for (; i + 4 <= count; i += 4)
    tile<4, Second>(c, padded, rows + i, out + i);
  for (; i < count; ++i)
    tile<1, Second>(c, padded, rows + i, out + i);
}

} // namespace

bool has_wide_vectors() {
  static const bool has = __builtin_cpu_supports("avx512f");
  return has;
}

void find_nearest_wide(const centre_view& centres,
                       const float* const* rows,
                       size_t count,
                       nearest* out,
                       bool want_second) {
  if (want_second)
    all_rows<true>(centres, rows, count, out);
  else
    all_rows<false>(centres, rows, count, out);
}

} // namespace models::clustering
