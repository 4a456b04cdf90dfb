#pragma once

// What can be done to an image before it is an input: set upright, put in the
// middle. Pure functions on one image, row-major; any thread. Cost: some ten
// operations a pixel.

#include <cstdint>
#include <span>

namespace models {

/// Height and width of an image, pixels.
struct image_size {
  uint32_t height = 0;
  uint32_t width = 0;
};

/// Shears the rows of an image about its centre of mass so that its ink stands
/// upright: x' = x + a (y - cy) with a = mu11 / mu02, linear between pixels, 0
/// outside. An image without ink, or with all of it in one row, stays as it is.
/// @param in,out height x width each, not the same memory; `in` 0 or more
/// Source: Hu (1962), moments; LeCun et al. (1998), III A, deslanting.
void deskew(std::span<const float> in, image_size size, std::span<float> out);

/// Moves an image by whole pixels so that its centre of mass comes nearest to
/// the middle; what leaves the frame is lost, what comes in is 0.
/// @param in,out as above
void center(std::span<const float> in, image_size size, std::span<float> out);

} // namespace models
