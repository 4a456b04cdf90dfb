#include <models/core/random.hpp>
#include <models/nn/mlp.hpp>
#include <models/nn/simd.hpp>
#include <models/nn/streams.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace models {

namespace {

constexpr size_t max_layers = 16;
constexpr uint32_t max_units = 65536;
constexpr uint32_t max_inputs = 1u << 20;
constexpr size_t max_parameters = size_t{1} << 28;

[[noreturn]] void refuse(const std::string& what, const std::string& range) {
  throw std::invalid_argument("mlp: " + what + " must be " + range);
}

/// An odd number of cache lines, so that rows one below the other do not fall
/// into the same few sets of the L1 cache.
uint32_t odd_lines(size_t floats) {
  auto lines = simd::round_up(floats, simd::line) / simd::line;
  return static_cast<uint32_t>((lines | 1) * simd::line);
}

std::string shape_text(std::span<const size_t> shape) {
  std::string text = "[";
  for (auto n : shape)
    text += (text.size() > 1 ? ", " : "") + std::to_string(n);
  return text + "]";
}

const named_tensor& find(std::span<const named_tensor> tensors,
                         const std::string& name,
                         const std::vector<size_t>& shape) {
  auto i = std::find_if(tensors.begin(), tensors.end(),
                        [&](auto& t) { return t.name == name; });
  if (i == tensors.end())
    throw std::invalid_argument("mlp: no tensor " + name);
  size_t floats = 1;
  for (auto n : shape)
    floats *= n;
  if (i->shape != shape || i->values.size() != floats)
    throw std::invalid_argument("mlp: tensor " + name + " is "
                                + shape_text(i->shape) + ", expected "
                                + shape_text(shape));
  return *i;
}

} // namespace

void check(const mlp_config& config) {
  if (config.inputs < 1 || config.inputs > max_inputs)
    refuse("inputs", "1 to 1048576");
  if (config.outputs < 2 || config.outputs > max_units)
    refuse("outputs", "2 to 65536");
  if (config.hidden.size() > max_layers)
    refuse("hidden", "at most 16 layers");
  for (auto units : config.hidden)
    if (units < 1 || units > max_units)
      refuse("units of a hidden layer", "1 to 65536");
  if (config.act > activation::tanh)
    refuse("activation", "relu, sigmoid or tanh");
  if (!(config.dropout >= 0 && config.dropout < 1))
    refuse("dropout", "at least 0 and less than 1");
  size_t in = config.inputs;
  size_t sum = 0;
  for (size_t l = 0; l <= config.hidden.size(); ++l) {
    size_t out = l < config.hidden.size() ? config.hidden[l] : config.outputs;
    sum += (in + 1) * simd::round_up(out, simd::line);
    in = out;
  }
  if (sum > max_parameters)
    refuse("the number of parameters", "at most 268435456");
}

mlp_layout::mlp_layout(mlp_config config) : config_(std::move(config)) {
  check(config_);
  auto in = config_.inputs;
  for (size_t l = 0; l <= config_.hidden.size(); ++l) {
    auto out = l < config_.hidden.size() ? config_.hidden[l] : config_.outputs;
    auto stride = static_cast<uint32_t>(simd::round_up(out, simd::line));
    auto wide = odd_lines(out);
    layers_.push_back({in, out, stride, parameters_, wide, trace_floats_});
    parameters_ += size_t{in + 1} * stride;
    trace_floats_ += size_t{2} * wide;
    widest_ = std::max<size_t>(widest_, wide);
    in = out;
  }
}

std::vector<float> initial_parameters(const mlp_layout& layout, uint64_t seed) {
  std::vector<float> block(layout.parameters());
  auto key = make_key(seed, streams::weights);
  auto relu = layout.config().act == activation::relu;
  std::vector<float> row;
  uint32_t l = 0;
  for (auto& layer : layout.layers()) {
    auto fan = relu ? layer.in : layer.in + layer.out;
    auto limit = std::sqrt(6.0f / static_cast<float>(fan));
    row.resize(layer.out);
    for (uint32_t i = 0; i < layer.in; ++i) {
      fill_uniform(row, key, i, l);
      auto to = block.begin() + layer.offset + size_t{i} * layer.stride;
      std::transform(row.begin(), row.end(), to,
                     [=](float u) { return (2 * u - 1) * limit; });
    }
    ++l;
  }
  return block;
}

std::vector<named_tensor> export_parameters(const mlp_layout& layout,
                                            std::span<const float> block,
                                            const std::string& prefix) {
  if (block.size() != layout.parameters())
    throw std::invalid_argument(
      "mlp: a block of " + std::to_string(block.size()) + " floats, expected "
      + std::to_string(layout.parameters()));
  std::vector<named_tensor> result;
  for (auto& layer : layout.layers()) {
    auto name = prefix + "layer" + std::to_string(result.size() / 2);
    named_tensor weight{name + ".weight", {layer.out, layer.in}, {}};
    weight.values.resize(size_t{layer.out} * layer.in);
    for (size_t o = 0; o < layer.out; ++o)
      for (size_t i = 0; i < layer.in; ++i)
        weight.values[o * layer.in + i] =
          block[layer.offset + i * layer.stride + o];
    auto bias = block.subspan(layer.bias(), layer.out);
    result.push_back(std::move(weight));
    result.push_back({name + ".bias", {layer.out}, {bias.begin(), bias.end()}});
  }
  return result;
}

std::vector<float> import_parameters(const mlp_layout& layout,
                                     std::span<const named_tensor> tensors,
                                     const std::string& prefix) {
  std::vector<float> block(layout.parameters());
  size_t l = 0;
  for (auto& layer : layout.layers()) {
    auto name = prefix + "layer" + std::to_string(l++);
    auto& weight = find(tensors, name + ".weight", {layer.out, layer.in});
    auto& bias = find(tensors, name + ".bias", {layer.out});
    for (size_t o = 0; o < layer.out; ++o)
      for (size_t i = 0; i < layer.in; ++i)
        block[layer.offset + i * layer.stride + o] =
          weight.values[o * layer.in + i];
    std::copy(bias.values.begin(), bias.values.end(),
              block.begin() + layer.bias());
  }
  return block;
}

} // namespace models
