#include <models/core/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <formats/keras.hpp>
#include <formats/keras_source.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

namespace formats {

namespace {

using nlohmann::json;

constexpr float leak = 0.01F;

const std::string known_layers =
  "Dense, Conv2D, MaxPooling2D, AveragePooling2D, BatchNormalization, "
  "Normalization, Rescaling, Reshape, Flatten, Activation, ReLU, LeakyReLU, "
  "Softmax and Dropout";

/// Layers that predictions do nothing in.
const std::array<std::string_view, 5> passed_over{
  "InputLayer", "Dropout", "SpatialDropout2D", "GaussianDropout",
  "GaussianNoise"};

class reader {
public:
  reader(std::string_view bytes, const std::string& path)
    : file_(bytes, path) {}

  models::model_file read();

private:
  [[noreturn]] void refuse(const keras_layer& layer,
                           const std::string& what) const {
    file_.refuse(layer, what);
  }

  // -- the layers -------------------------------------------------------------
  void take(const keras_layer& layer);
  void take_dense(const keras_layer& layer);
  void take_convolution(const keras_layer& layer);
  void take_pool(const keras_layer& layer, bool max);
  void take_norm(const keras_layer& layer);
  void take_scaling(const keras_layer& layer);
  void take_rescaling(const keras_layer& layer);
  void take_reshape(const keras_layer& layer);
  void take_activation(const keras_layer& layer);
  void see_image(const keras_layer& layer);
  image_part& add_stage(const keras_layer& layer,
                        const models::image_layer& what);
  void activate(const keras_layer& layer, const std::string& word);
  void begin_weights(const keras_layer& layer);
  void settle(const keras_layer& layer);
  void scale_by(const keras_layer& layer,
                std::vector<float> shift,
                std::vector<float> divisor);
  void finish();
  std::vector<std::string> names(size_t count) const;

  size_t width() const; ///< of what enters the next layer

  /// Of the inputs: what a scaling has numbers for.
  size_t last_size() const { return shape_.empty() ? 0 : shape_.back(); }

  keras_source file_;
  network_parts parts_;
  std::vector<uint64_t> shape_; ///< of an input, as far as it is known
  std::optional<models::activation> act_;
  std::string open_;   ///< layer with weights whose activation is not said yet
  std::string last_;   ///< activation of the layer before: "softmax", ...
  bool flat_ = false;  ///< a Flatten came after the image layers
  bool known_ = false; ///< the file brings its pipeline
};

size_t reader::width() const {
  if (!parts_.dense.empty())
    return parts_.dense.back().out;
  if (!parts_.front.empty())
    return parts_.front.back().stage.out.floats();
  size_t n = shape_.empty() ? 0 : 1;
  for (auto size : shape_)
    n *= size;
  return n;
}

/// Every layer with weights but the last is activated before the next one,
/// and all in the same way.
void reader::settle(const keras_layer& layer) {
  if (!open_.empty())
    refuse(layer, "layer '" + open_ + "' before it has no activation");
  if (last_.empty())
    return;
  if (last_ == "softmax")
    refuse(layer, "comes after a softmax, which has to be the last one");
  auto act = models::activation_from(last_);
  if (act_ && *act_ != act)
    refuse(layer, "the layers before it are activated by " + last_ + " and by "
                    + models::to_string(*act_) + "; expected one activation");
  act_ = act;
  last_.clear();
}

void reader::begin_weights(const keras_layer& layer) {
  settle(layer);
  open_ = layer.name;
}

void reader::activate(const keras_layer& layer, const std::string& word) {
  if (word == "linear")
    return;
  if (open_.empty())
    refuse(layer, "an activation " + word + " without a layer before it");
  open_.clear();
  last_ = word;
  try {
    if (word != "softmax")
      models::activation_from(word);
  } catch (const std::invalid_argument&) {
    refuse(layer, "activation '" + word
                    + "'; known are relu, leaky_relu, gelu, sigmoid, tanh, "
                      "softmax and linear");
  }
}

void reader::take_dense(const keras_layer& layer) {
  if (!parts_.front.empty() && parts_.dense.empty() && !flat_)
    refuse(layer, "expected a Flatten between images and dense layers");
  begin_weights(layer);
  dense_part part;
  part.in = static_cast<uint32_t>(width());
  part.out = member<uint32_t>(layer.config, "units", 0);
  if (part.out < 1 || part.out > 65536)
    refuse(layer, "expected 1 to 65536 units");
  auto kernel = file_.array(layer, "kernel", {part.in, part.out});
  part.weights.resize(kernel.size());
  for (size_t o = 0; o < part.out; ++o)
    for (size_t i = 0; i < part.in; ++i)
      part.weights[o * part.in + i] = kernel[i * part.out + o];
  part.bias = file_.vector_of(layer, "bias", "use_bias", part.out, 0);
  parts_.dense.push_back(std::move(part));
  activate(layer, member<std::string>(layer.config, "activation", "linear"));
}

void reader::take_convolution(const keras_layer& layer) {
  auto& config = layer.config;
  if (!parts_.dense.empty() || flat_)
    refuse(layer, "comes after a dense layer or a Flatten");
  see_image(layer);
  begin_weights(layer);
  auto size = first_size(config, "kernel_size");
  if (!is_square(config, "kernel_size", size) || size % 2 == 0)
    refuse(layer, "expected a square kernel of odd size");
  if (member<std::string>(config, "padding", "valid") != "same")
    refuse(layer, "padding 'valid'; expected 'same', which keeps the size");
  for (auto name : {"strides", "dilation_rate", "groups"})
    if (!is_square(config, name, 1))
      refuse(layer, std::string(name) + " other than 1");
  if (member<std::string>(config, "data_format", "channels_last")
      != "channels_last")
    refuse(layer, "expected the channels last");
  auto channels = member<uint32_t>(config, "filters", 0);
  auto& part =
    add_stage(layer, {models::image_layer_kind::convolution, size, channels});
  auto in = part.stage.in.channels;
  auto kernel = file_.array(layer, "kernel", {size, size, in, channels});
  auto rest = size_t{size} * size * in;
  part.weights.resize(kernel.size());
  for (size_t o = 0; o < channels; ++o)
    for (size_t i = 0; i < rest; ++i)
      part.weights[o * rest + i] = kernel[i * channels + o];
  part.bias = file_.vector_of(layer, "bias", "use_bias", channels, 0);
  activate(layer, member<std::string>(config, "activation", "linear"));
}

void reader::take_pool(const keras_layer& layer, bool max) {
  auto& config = layer.config;
  if (!parts_.dense.empty() || flat_)
    refuse(layer, "comes after a dense layer or a Flatten");
  if (!open_.empty())
    refuse(layer, "layer '" + open_ + "' before it has no activation");
  see_image(layer);
  auto size = first_size(config, "pool_size");
  if (!is_square(config, "pool_size", size)
      || !is_square(config, "strides", size))
    refuse(layer, "expected square windows, side by side");
  if (member<std::string>(config, "padding", "valid") != "valid")
    refuse(layer, "padding 'same'; expected 'valid'");
  add_stage(layer, {max ? models::image_layer_kind::max_pool
                        : models::image_layer_kind::average_pool,
                    size, 0});
}

void reader::see_image(const keras_layer& layer) {
  if (!parts_.front.empty())
    return;
  if (shape_.size() == 2)
    shape_.push_back(1);
  if (shape_.size() != 3)
    refuse(layer, "its input is no image: expected height, width, channels");
  auto size = [&](size_t i) { return static_cast<uint32_t>(shape_[i]); };
  parts_.image = {size(0), size(1), size(2)};
}

image_part& reader::add_stage(const keras_layer& layer,
                              const models::image_layer& what) {
  auto shape =
    parts_.front.empty() ? parts_.image : parts_.front.back().stage.out;
  try {
    parts_.front.push_back({models::plan_front(shape, {&what, 1})[0], {}, {}});
  } catch (const std::invalid_argument& e) {
    refuse(layer, e.what());
  }
  return parts_.front.back();
}

/// Multiplied into the layer before it, or the scaling of the inputs.
void reader::take_norm(const keras_layer& layer) {
  auto& config = layer.config;
  auto inputs = parts_.dense.empty() && parts_.front.empty();
  if (!inputs && open_.empty())
    refuse(layer, "comes after an activation; expected it before");
  auto convolves = !inputs && parts_.dense.empty();
  auto n = convolves ? parts_.front.back().stage.out.channels
           : inputs  ? last_size()
                     : width();
  auto gamma = file_.vector_of(layer, "gamma", "scale", n, 1);
  auto beta = file_.vector_of(layer, "beta", "center", n, 0);
  auto mean = file_.array(layer, "moving_mean", {n});
  auto variance = file_.array(layer, "moving_variance", {n});
  auto epsilon = member(config, "epsilon", 1e-3F);
  std::vector<float> by(n);
  for (size_t i = 0; i < n; ++i)
    by[i] = gamma[i] / std::sqrt(variance[i] + epsilon);
  if (inputs) {
    for (size_t i = 0; i < n; ++i) {
      mean[i] -= beta[i] / by[i];
      by[i] = 1 / by[i];
    }
    scale_by(layer, std::move(mean), std::move(by));
    return;
  }
  auto& weights =
    convolves ? parts_.front.back().weights : parts_.dense.back().weights;
  auto& bias = convolves ? parts_.front.back().bias : parts_.dense.back().bias;
  auto rest = weights.size() / n;
  for (size_t o = 0; o < n; ++o) {
    for (size_t i = 0; i < rest; ++i)
      weights[o * rest + i] *= by[o];
    bias[o] = (bias[o] - mean[o]) * by[o] + beta[o];
  }
}

void reader::scale_by(const keras_layer& layer,
                      std::vector<float> shift,
                      std::vector<float> divisor) {
  if (!parts_.dense.empty() || !parts_.front.empty() || !parts_.scaling.empty())
    refuse(layer, "expected once, and before all layers with weights");
  for (auto n = shift.size(); shift.size() < width();) { // every pixel alike
    shift.push_back(shift[shift.size() - n]);
    divisor.push_back(divisor[divisor.size() - n]);
  }
  for (size_t i = 0; i < shift.size(); ++i)
    if (!std::isfinite(shift[i]) || !std::isnormal(divisor[i])
        || divisor[i] < 0)
      refuse(layer, "scales input " + std::to_string(i + 1)
                      + " by what is not above 0");
  parts_.scaling = {std::move(shift), std::move(divisor)};
}

void reader::take_scaling(const keras_layer& layer) {
  auto n = last_size();
  auto mean = file_.array(layer, "mean", {n});
  auto variance = file_.array(layer, "variance", {n});
  for (auto& x : variance)
    x = std::max(std::sqrt(x), 1e-7F); // as Keras does
  scale_by(layer, std::move(mean), std::move(variance));
}

void reader::take_rescaling(const keras_layer& layer) {
  auto by = layer.config.at("scale").get<float>();
  auto offset = member(layer.config, "offset", 0.0F);
  scale_by(layer, std::vector<float>(width(), -offset / by),
           std::vector<float>(width(), 1 / by));
}

void reader::take_reshape(const keras_layer& layer) {
  if (!parts_.dense.empty() || !parts_.front.empty())
    refuse(layer, "expected before all layers with weights");
  auto n = width();
  shape_.clear();
  for (auto& size : layer.config.at("target_shape"))
    shape_.push_back(size.is_number_unsigned() ? size.get<uint64_t>() : 0);
  if (shape_.size() > 3 || width() != n)
    refuse(layer, "does not fit the " + std::to_string(n) + " inputs");
}

void reader::take(const keras_layer& layer) {
  auto& what = layer.what;
  if (known_ && (layer.name == "lepton_scale" || layer.name == "lepton_pca"))
    return; // the pipeline does these
  if (what == "Dense")
    take_dense(layer);
  else if (what == "Conv2D")
    take_convolution(layer);
  else if (what == "MaxPooling2D" || what == "AveragePooling2D")
    take_pool(layer, what == "MaxPooling2D");
  else if (what == "BatchNormalization")
    take_norm(layer);
  else if (what == "Normalization")
    take_scaling(layer);
  else if (what == "Rescaling")
    take_rescaling(layer);
  else if (what == "Reshape")
    take_reshape(layer);
  else if (what == "Flatten")
    flat_ = true;
  else if (what == "Activation")
    activate(layer, layer.config.at("activation").get<std::string>());
  else if (what == "ReLU" || what == "LeakyReLU" || what == "Softmax")
    take_activation(layer);
  else if (!std::count(passed_over.begin(), passed_over.end(), what))
    refuse(layer, "no such layer here; known are " + known_layers);
}

void reader::take_activation(const keras_layer& layer) {
  auto& config = layer.config;
  if (layer.what == "LeakyReLU") {
    auto slope =
      member(config, "negative_slope", member(config, "alpha", 0.3F));
    if (std::abs(slope - leak) > 1e-6F)
      refuse(layer, "expected a slope of 0.01 below zero");
    activate(layer, "leaky_relu");
    return;
  }
  if (member(config, "negative_slope", 0.0F) != 0
      || member(config, "threshold", 0.0F) != 0
      || !member(config, "max_value", json()).is_null())
    refuse(layer, "expected it without slope, threshold and greatest value");
  activate(layer, layer.what == "ReLU" ? "relu" : "softmax");
}

/// What the outputs are follows from the last activation.
void reader::finish() {
  if (parts_.dense.empty())
    file_.fail("no Dense layer");
  auto& last = parts_.dense.back();
  if (last_ == "softmax") {
    parts_.output = models::output_kind::classes;
  } else if (last_ == "sigmoid" && last.out == 1 && !file_.outputs(1)) {
    // The probability of the second of two classes.
    last.weights.insert(last.weights.begin(), last.in, 0.0F);
    last.bias.insert(last.bias.begin(), 0.0F);
    last.out = 2;
    parts_.output = models::output_kind::classes;
  } else if (last_ == "sigmoid") {
    parts_.output = models::output_kind::flags;
  } else if (last_.empty()) {
    parts_.output = models::output_kind::squared;
  } else {
    file_.fail("the last layer is activated by " + last_
               + "; expected softmax, sigmoid or linear");
  }
  if (parts_.output == models::output_kind::classes && last.out < 2)
    file_.fail("a softmax of one output");
  parts_.act = act_.value_or(models::activation::relu);
  parts_.outputs = names(last.out);
}

std::vector<std::string> reader::names(size_t count) const {
  if (auto known = file_.outputs(count))
    return *known;
  auto classes = parts_.output == models::output_kind::classes;
  std::vector<std::string> result;
  for (size_t i = 0; i < count; ++i)
    result.push_back(classes ? std::to_string(i)
                             : "output " + std::to_string(i + 1));
  return result;
}

models::model_file reader::read() {
  auto all = file_.layers();
  shape_ = file_.shape();
  auto pipeline = file_.pipeline();
  if (!pipeline.empty()) {
    shape_ = {models::pipeline_from_json(pipeline).inputs()};
    known_ = true;
  }
  for (auto& layer : all)
    take(layer);
  finish();
  return put_together(parts_, pipeline);
}

} // namespace

models::model_file read_keras(std::string_view bytes, const std::string& path) {
  try {
    return reader(bytes, path).read();
  } catch (const json::exception& e) {
    throw models::data_error(path + ": model_config: " + e.what());
  } catch (const std::invalid_argument& e) {
    throw models::data_error(path + ": " + e.what());
  }
}

} // namespace formats
