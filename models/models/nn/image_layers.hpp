#pragma once

// Convolution and pooling layers before the dense layers of a network. Images
// are rows of pixels, each of all its channels (height x width x channels, the
// order of IDX files and of Keras). No state, no allocation; bits do not depend
// on how rows or parameters are cut into calls. Any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace models {

struct image_shape {
  uint32_t height = 0;
  uint32_t width = 0;
  uint32_t channels = 0;

  size_t floats() const { return size_t{height} * width * channels; }

  friend bool operator==(const image_shape&, const image_shape&) = default;
};

enum class image_layer_kind : uint8_t { convolution, max_pool, average_pool };

/// A layer of the front.
struct image_layer {
  image_layer_kind kind = image_layer_kind::convolution;
  uint32_t size = 3;     ///< height and width of the kernel, odd, 1..15; of the
                         ///< pool's window and step, 2..16
  uint32_t channels = 0; ///< of a convolution's output, 1..1024

  friend bool operator==(const image_layer&, const image_layer&) = default;
};

/// "conv:8x3" (8 channels, 3 x 3), "pool:2", "average:2".
std::string to_string(const image_layer& layer);

/// The inverse of `to_string`. @throws std::invalid_argument with what is
/// expected
image_layer image_layer_from(std::string_view word);

/// A layer of the front with its place. A convolution keeps the size of the
/// image (what is outside counts as zero), a pool leaves out what fills no
/// window.
struct image_stage {
  image_layer layer;
  image_shape in;
  image_shape out;
  size_t offset = 0;      ///< of a convolution's weights in the block: a row of
                          ///< `stride` floats for each pixel and channel of the
                          ///< kernel, then the biases
  uint32_t stride = 0;    ///< `out.channels` rounded up to 16
  size_t activations = 0; ///< floats a batch row has in the trace before these
  size_t deltas = 0;      ///< likewise; a convolution's only

  /// Rows of weights.
  uint32_t weights() const { return layer.size * layer.size * in.channels; }

  size_t pixels() const { return size_t{out.height} * out.width; }

  bool convolves() const { return layer.kind == image_layer_kind::convolution; }

  /// Floats of the activations of a batch row, a multiple of 16.
  size_t activation_floats() const { return (out.floats() + 15) / 16 * 16; }

  /// Floats of the deltas of a batch row: `stride` of each pixel.
  size_t delta_floats() const { return pixels() * stride; }
};

/// The shapes of the layers of a front; offsets are left zero.
/// @throws std::invalid_argument naming the layer that does not fit
std::vector<image_stage> plan_front(const image_shape& image,
                                    std::span<const image_layer> layers);

} // namespace models
