#include <models/nn/image_layers.hpp>
#include <models/nn/simd.hpp>

#include <charconv>
#include <optional>
#include <stdexcept>

namespace models {

namespace {

constexpr uint32_t max_kernel = 15;
constexpr uint32_t max_window = 16;
constexpr uint32_t max_channels = 1024;
constexpr size_t max_image = size_t{1} << 20;
constexpr size_t max_stage = size_t{1} << 22;

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("layers: " + what);
}

std::optional<uint32_t> number(std::string_view text) {
  uint32_t value = 0;
  auto end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end)
    return std::nullopt;
  return value;
}

void check(const image_layer& layer) {
  auto text = to_string(layer);
  if (layer.kind != image_layer_kind::convolution) {
    if (layer.size < 2 || layer.size > max_window)
      refuse(text + ": a window is 2 to 16 wide");
    return;
  }
  if (layer.size < 1 || layer.size > max_kernel || layer.size % 2 == 0)
    refuse(text + ": a kernel is 1, 3, 5, .. or 15 wide");
  if (layer.channels < 1 || layer.channels > max_channels)
    refuse(text + ": a convolution has 1 to 1024 channels");
}

} // namespace

std::string to_string(const image_layer& layer) {
  auto size = std::to_string(layer.size);
  if (layer.kind == image_layer_kind::convolution)
    return "conv:" + std::to_string(layer.channels) + "x" + size;
  return (layer.kind == image_layer_kind::max_pool ? "pool:" : "average:")
         + size;
}

image_layer image_layer_from(std::string_view word) {
  auto colon = word.find(':');
  auto name = word.substr(0, colon);
  auto rest = colon == std::string_view::npos ? std::string_view{}
                                              : word.substr(colon + 1);
  image_layer layer;
  std::optional<uint32_t> channels{0}, size;
  if (name == "conv") {
    auto x = rest.find('x');
    channels = number(rest.substr(0, x));
    size = x == std::string_view::npos ? 3 : number(rest.substr(x + 1));
  } else if (name == "pool" || name == "average") {
    layer.kind = name == "pool" ? image_layer_kind::max_pool
                                : image_layer_kind::average_pool;
    size = number(rest);
  }
  if (!size || !channels)
    refuse("'" + std::string{word}
           + "': expected conv:CHANNELSxSIZE, pool:SIZE or average:SIZE");
  layer.size = *size;
  layer.channels = *channels;
  check(layer);
  return layer;
}

std::vector<image_stage> plan_front(const image_shape& image,
                                    std::span<const image_layer> layers) {
  std::vector<image_stage> stages;
  auto shape = image;
  if (!layers.empty() && (image.floats() == 0 || image.floats() > max_image))
    refuse("an image has 1 to 1048576 values");
  for (auto& layer : layers) {
    check(layer);
    image_stage stage{layer, shape, shape};
    if (stage.convolves()) {
      stage.out.channels = layer.channels;
      stage.stride =
        static_cast<uint32_t>(simd::round_up(layer.channels, simd::line));
    } else {
      stage.out.height /= layer.size;
      stage.out.width /= layer.size;
    }
    if (stage.out.floats() == 0)
      refuse(to_string(layer) + ": the image is only "
             + std::to_string(shape.width) + " x "
             + std::to_string(shape.height) + " there");
    if (stage.out.floats() > max_stage)
      refuse(to_string(layer) + ": more than 4194304 values");
    shape = stage.out;
    stages.push_back(stage);
  }
  return stages;
}

} // namespace models
