#include <models/core/words.hpp>
#include <models/nn/mlp.hpp>
#include <models/nn/simd.hpp>

#include <algorithm>
#include <stdexcept>

namespace models {

namespace {

constexpr size_t max_layers = 16;
constexpr uint32_t max_units = 65536;
constexpr uint32_t max_inputs = 1u << 20;
constexpr size_t max_parameters = size_t{1} << 28;
constexpr size_t max_front = 16;
constexpr enum_words<output_kind, 5> output_words{
  "mlp output", {"classes", "flags", "squared", "absolute", "huber"}};

[[noreturn]] void refuse(const std::string& what, const std::string& range) {
  throw std::invalid_argument("mlp: " + what + " must be " + range);
}

/// An odd number of cache lines, so that rows one below the other do not fall
/// into the same few sets of the L1 cache.
uint32_t odd_lines(size_t floats) {
  auto lines = simd::round_up(floats, simd::line) / simd::line;
  return static_cast<uint32_t>((lines | 1) * simd::line);
}

} // namespace

std::string to_string(output_kind kind) {
  return output_words.word_of(kind);
}

output_kind output_kind_from(std::string_view word) {
  return output_words.value_of(word);
}

void check(const mlp_config& config) {
  if (config.inputs < 1 || config.inputs > max_inputs)
    refuse("inputs", "1 to 1048576");
  if (config.output > output_kind::huber)
    refuse("output", "classes, flags, squared, absolute or huber");
  auto least = config.output == output_kind::classes ? 2u : 1u;
  if (config.outputs < least || config.outputs > max_units)
    refuse("outputs", std::to_string(least) + " to 65536");
  if (config.hidden.size() > max_layers)
    refuse("hidden", "at most 16 layers");
  for (auto units : config.hidden)
    if (units < 1 || units > max_units)
      refuse("units of a hidden layer", "1 to 65536");
  if (config.act > last_activation)
    refuse("activation", "relu, sigmoid, tanh, leaky_relu or gelu");
  if (!(config.dropout >= 0 && config.dropout < 1))
    refuse("dropout", "at least 0 and less than 1");
  if (config.front.size() > max_front)
    refuse("layers before the dense ones", "at most 16");
  if (!config.front.empty() && config.image.floats() != config.inputs)
    refuse("the image", "as large as a row");
  auto stages = plan_front(config.image, config.front);
  size_t sum = 0;
  for (auto& stage : stages)
    if (stage.convolves())
      sum += size_t{stage.weights() + 1} * stage.stride;
  size_t in = stages.empty() ? config.inputs : stages.back().out.floats();
  for (size_t l = 0; l <= config.hidden.size(); ++l) {
    size_t out = l < config.hidden.size() ? config.hidden[l] : config.outputs;
    sum += (in + 4) * simd::round_up(out, simd::line);
    in = out;
  }
  if (sum > max_parameters)
    refuse("the number of parameters", "at most 268435456");
}

mlp_layout::mlp_layout(mlp_config config) : config_(std::move(config)) {
  check(config_);
  add_front();
  add_dense();
}

void mlp_layout::add_front() {
  front_ = plan_front(config_.image, config_.front);
  for (size_t i = 0; i < front_.size(); ++i) {
    auto& stage = front_[i];
    stage.activations = trace_floats_;
    trace_floats_ += stage.activation_floats();
    if (!stage.convolves())
      continue;
    stage.deltas = trace_floats_;
    trace_floats_ += stage.delta_floats();
    stage.offset = parameters_;
    auto weights = stage.weights();
    groups_.push_back(
      {parameters_, stage.stride, weights, weights + 1, weights + 1});
    convolutions_.push_back(i);
    parameters_ += size_t{weights + 1} * stage.stride;
  }
}

void mlp_layout::add_dense() {
  auto in = front_.empty() ? config_.inputs
                           : static_cast<uint32_t>(front_.back().out.floats());
  for (size_t l = 0; l <= config_.hidden.size(); ++l) {
    auto last = l == config_.hidden.size();
    auto out = last ? config_.outputs : config_.hidden[l];
    auto norm = config_.norm && !last;
    auto stride = static_cast<uint32_t>(simd::round_up(out, simd::line));
    auto wide = odd_lines(out);
    dense_layer layer{in, out, stride, parameters_, wide, trace_floats_, norm};
    layers_.push_back(layer);
    groups_.push_back(
      {parameters_, stride, in, in + (norm ? 2 : 1), layer.rows()});
    parameters_ += size_t{layer.rows()} * stride;
    trace_floats_ += size_t{norm ? 4u : 2u} * wide;
    widest_ = std::max<size_t>(widest_, wide);
    in = out;
  }
}

mlp_layout::place mlp_layout::place_of(size_t group) const {
  if (group < convolutions_.size())
    return {false, convolutions_[group]};
  return {true, group - convolutions_.size()};
}

uint32_t mlp_layout::stages() const {
  auto hidden = static_cast<uint32_t>(config_.hidden.size());
  return config_.norm ? 2 * hidden + 1 : 1;
}

} // namespace models
