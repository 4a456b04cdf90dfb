#pragma once

// The vector type of the hot loops: Eigen's packet of floats for the
// instruction set of the build, and the few operations that Eigen would
// approximate differently on different processors.

#include <Eigen/Core>

#include <cstddef>

namespace models::simd {

using Eigen::internal::pabs;
using Eigen::internal::padd;
using Eigen::internal::pdiv;
using Eigen::internal::pexp;
using Eigen::internal::ploadu;
using Eigen::internal::plog;
using Eigen::internal::pmadd;
using Eigen::internal::pmax;
using Eigen::internal::pmul;
using Eigen::internal::pset1;
using Eigen::internal::pstoreu;
using Eigen::internal::psub;

using vec = Eigen::internal::packet_traits<float>::type;

/// Floats in a `vec`: 4, 8 or 16.
inline constexpr size_t width = Eigen::internal::packet_traits<float>::size;

/// Rows of matrices are padded to this many floats (a cache line), so loops
/// over columns never meet a rest.
inline constexpr size_t line = 16;
static_assert(line % width == 0);

constexpr size_t round_up(size_t n, size_t unit) {
  return (n + unit - 1) / unit * unit;
}

inline vec load(const float* p) {
  return ploadu<vec>(p);
}

inline vec all(float x) {
  return pset1<vec>(x);
}

/// The correctly rounded root: Eigen's `psqrt` starts from an approximate
/// instruction whose result differs between vendors.
inline vec sqrt(vec x) {
#if defined(EIGEN_VECTORIZE_AVX512)
  return _mm512_sqrt_ps(x);
#elif defined(EIGEN_VECTORIZE_AVX)
  return _mm256_sqrt_ps(x);
#else
  return _mm_sqrt_ps(x);
#endif
}

} // namespace models::simd
