#pragma once

#include <xmmintrin.h>

namespace models {

/// Flushes denormal floats to zero in the calling thread for the life of the
/// object: Adam's moments become denormal once the loss is small, and a step
/// is then about twice as slow. Part of the promise of equal bits: everything
/// that computes gradients, updates or predictions holds one.
class denormals_off {
public:
  denormals_off() : saved_(_mm_getcsr()) {
    _mm_setcsr(saved_ | flush_to_zero | denormals_are_zero);
  }

  ~denormals_off() { _mm_setcsr(saved_); }

  denormals_off(const denormals_off&) = delete;
  denormals_off& operator=(const denormals_off&) = delete;

private:
  static constexpr unsigned flush_to_zero = 0x8000;
  static constexpr unsigned denormals_are_zero = 0x0040;

  unsigned saved_;
};

} // namespace models
