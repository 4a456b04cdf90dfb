#include <models/data/image_steps.hpp>

#include <algorithm>
#include <cmath>

namespace models {

namespace {

/// Below this much spread over the rows, in pixels squared, a slant means
/// nothing.
constexpr double least_spread = 1e-2;

/// Centre of mass and the second moments that a slant shows in.
struct moments {
  double mass = 0;
  double x = 0;
  double y = 0;
  double xy = 0; ///< mean of (x - cx) (y - cy)
  double yy = 0; ///< mean of (y - cy)^2
};

moments moments_of(std::span<const float> image, image_size size) {
  moments m;
  size_t i = 0;
  for (uint32_t y = 0; y < size.height; ++y)
    for (uint32_t x = 0; x < size.width; ++x, ++i) {
      double v = image[i];
      m.mass += v;
      m.x += v * x;
      m.y += v * y;
      m.xy += v * x * y;
      m.yy += v * y * y;
    }
  if (m.mass > 0) {
    m.x /= m.mass;
    m.y /= m.mass;
    m.xy = m.xy / m.mass - m.x * m.y;
    m.yy = m.yy / m.mass - m.y * m.y;
  }
  return m;
}

/// Copies a row moved by `shift` pixels to the left, linear between pixels.
void move_row(const float* in, uint32_t width, double shift, float* out) {
  auto whole = std::floor(shift);
  auto part = static_cast<float>(shift - whole);
  auto at = [&](int64_t x) {
    return x >= 0 && x < int64_t{width} ? in[x] : 0.f;
  };
  auto first = static_cast<int64_t>(whole);
  for (uint32_t x = 0; x < width; ++x) {
    auto left = int64_t{x} + first;
    out[x] = at(left) * (1 - part) + at(left + 1) * part;
  }
}

} // namespace

void deskew(std::span<const float> in, image_size size, std::span<float> out) {
  auto m = moments_of(in, size);
  if (!(m.mass > 0) || m.yy < least_spread) {
    std::copy(in.begin(), in.end(), out.begin());
    return;
  }
  auto slant = m.xy / m.yy;
  for (uint32_t y = 0; y < size.height; ++y) {
    auto row = size_t{y} * size.width;
    // Beyond the width nothing is left of the row; and no integer overflows.
    auto shift =
      std::clamp(slant * (y - m.y), -2.0 * size.width, 2.0 * size.width);
    move_row(in.data() + row, size.width, shift, out.data() + row);
  }
}

void center(std::span<const float> in, image_size size, std::span<float> out) {
  auto m = moments_of(in, size);
  auto dy = m.mass > 0 ? std::lround((size.height - 1) / 2.0 - m.y) : 0;
  auto dx = m.mass > 0 ? std::lround((size.width - 1) / 2.0 - m.x) : 0;
  std::fill(out.begin(), out.end(), 0.f);
  auto height = static_cast<long>(size.height);
  auto width = static_cast<long>(size.width);
  auto left = std::max(0l, dx);
  auto right = std::min(width, width + dx);
  for (auto y = std::max(0l, dy); y < std::min(height, height + dy); ++y) {
    auto from = in.begin() + (y - dy) * width;
    std::copy(from + (left - dx), from + (right - dx),
              out.begin() + y * width + left);
  }
}

} // namespace models
