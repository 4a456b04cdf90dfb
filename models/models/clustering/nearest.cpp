#include <models/clustering/nearest.hpp>
#include <models/clustering/nearest_wide.hpp>
#include <models/nn/kernels.hpp>
#include <models/nn/simd.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace models::clustering {

namespace {

using namespace models::simd;

constexpr auto infinite = std::numeric_limits<float>::infinity();

/// Floats of scores computed at a time: they stay in the L1 cache.
constexpr size_t scores_at_once = 4096;

float least_of(const float* p, size_t n) {
  auto least = load(p);
  for (size_t i = width; i < n; i += width)
    least = Eigen::internal::pmin(least, load(p + i));
  return Eigen::internal::predux_min(least);
}

/// The first of `n` (a multiple of 16) that equals `x`, which one does.
uint32_t place_of(const float* p, [[maybe_unused]] size_t n, float x) {
#ifdef EIGEN_VECTORIZE_AVX
  auto wanted = _mm256_set1_ps(x);
  for (uint32_t i = 0;; i += 8) {
    auto equal = _mm256_cmp_ps(_mm256_loadu_ps(p + i), wanted, _CMP_EQ_OQ);
    auto mask = static_cast<unsigned>(_mm256_movemask_ps(equal));
    if (mask != 0)
      return i + static_cast<uint32_t>(std::countr_zero(mask));
  }
#else
  return static_cast<uint32_t>(std::find(p, p + n, x) - p);
#endif
}

} // namespace

void arrange_centres(std::span<const float> centres,
                     size_t columns,
                     std::span<float> negated,
                     std::span<float> halves) {
  auto clusters = centres.size() / columns;
  auto padded = padded_clusters(clusters);
  std::fill_n(negated.begin(), columns * padded, 0.0f);
  std::fill_n(halves.begin(), padded, infinite);
  for (size_t j = 0; j < clusters; ++j) {
    double square = 0;
    for (size_t f = 0; f < columns; ++f) {
      auto x = centres[j * columns + f];
      negated[f * padded + j] = -x;
      square += static_cast<double>(x) * x;
    }
    halves[j] = static_cast<float>(square / 2);
  }
}

void find_nearest(const centre_view& centres,
                  std::span<const float* const> rows,
                  nearest* out,
                  bool want_second,
                  nearest_scratch& scratch) {
  if (has_wide_vectors())
    return find_nearest_wide(centres, rows.data(), rows.size(), out,
                             want_second);
  auto n = centres.padded();
  auto most = std::clamp<size_t>(scores_at_once / n / 6 * 6, 6, 252);
  scratch.scores.resize(std::max(scratch.scores.size(), most * n));
  auto* scores = scratch.scores.data();
  for (size_t first = 0; first < rows.size(); first += most) {
    auto count = std::min(most, rows.size() - first);
    kernels::product(count, n, centres.columns, {rows.data() + first},
                     {centres.negated, n}, centres.halves, {scores, n});
    for (size_t i = 0; i < count; ++i) {
      auto* p = scores + i * n;
      auto least = least_of(p, n);
      auto at = place_of(p, n, least);
      float second = 0;
      if (want_second) {
        p[at] = infinite;
        second = least_of(p, n);
      }
      out[first + i] = {at, least, second};
    }
  }
}

float squared_distance(const float* a, const float* b, size_t columns) {
  vec sums[2] = {all(0), all(0)};
  size_t f = 0;
  for (; f + 2 * width <= columns; f += 2 * width)
    for (size_t v = 0; v < 2; ++v) {
      auto d = psub(load(a + f + v * width), load(b + f + v * width));
      sums[v] = pmadd(d, d, sums[v]);
    }
  auto sum = Eigen::internal::predux(padd(sums[0], sums[1]));
  for (; f < columns; ++f) {
    auto d = a[f] - b[f];
    sum = std::fma(d, d, sum);
  }
  return sum;
}

namespace {

template <size_t Rows>
[[gnu::always_inline]] inline void few_tile(const float* rows,
                                            size_t stride,
                                            size_t columns,
                                            const float* points,
                                            float* out) {
  constexpr size_t parts = few / width;
  for (size_t part = 0; part < parts; ++part) {
    vec sum[Rows];
    for (auto& x : sum)
      x = all(0);
    for (size_t f = 0; f < columns; ++f) {
      auto point = load(points + f * few + part * width);
      for (size_t i = 0; i < Rows; ++i) {
        auto d = psub(all(rows[i * stride + f]), point);
        sum[i] = pmadd(d, d, sum[i]);
      }
    }
    for (size_t i = 0; i < Rows; ++i)
      pstoreu(out + i * few + part * width, sum[i]);
  }
}

} // namespace

void distances_to_few(const float* rows,
                      size_t count,
                      size_t stride,
                      size_t columns,
                      const float* points,
                      float* out) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    few_tile<8>(rows + i * stride, stride, columns, points, out + i * few);
  for (; i < count; ++i)
    few_tile<1>(rows + i * stride, stride, columns, points, out + i * few);
}

} // namespace models::clustering
