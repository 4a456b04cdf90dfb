#pragma once

#include <cstdint>

namespace models {

/// x to the power n by squaring: `std::pow` may differ between machines.
inline double power(double x, uint64_t n) {
  double result = 1;
  for (; n > 0; n >>= 1, x *= x)
    if (n & 1)
      result *= x;
  return result;
}

} // namespace models
