#include <formats/hdf5_file.hpp>
#include <formats/keras.hpp>
#include <nlohmann/json.hpp>

namespace formats {

namespace {

using nlohmann::json;

/// Collects the layers of a model: what the configuration says of them, and
/// their arrays.
class layer_writer {
public:
  explicit layer_writer(const network_parts& parts) : parts_(parts) {
    file_.add_group(root);
  }

  void add(const std::string& what, const std::string& name, json config) {
    config["name"] = name;
    config["dtype"] = "float32";
    layers_.push_back({{"class_name", what}, {"config", std::move(config)}});
    if (what != "InputLayer")
      begin(name);
  }

  void add_array(const std::string& name,
                 std::vector<uint64_t> shape,
                 std::span<const float> values) {
    auto full = current_ + "/" + name + ":0";
    file_.add_floats(group_ + "/" + full, shape, values);
    weights_.push_back(full);
  }

  std::string finish(const models::model_file& model);

private:
  static constexpr const char* root = "/model_weights";

  void begin(const std::string& name) {
    end();
    current_ = name;
    group_ = std::string{root} + "/" + name;
    file_.add_group(group_);
    names_.push_back(name);
  }

  void end() {
    if (!current_.empty())
      file_.add_texts(group_, "weight_names", weights_);
    weights_.clear();
  }

  const network_parts& parts_;
  hdf5_writer file_;
  json layers_ = json::array();
  std::vector<std::string> names_;
  std::string current_;
  std::string group_;
  std::vector<std::string> weights_; ///< of the current layer
};

std::string layer_writer::finish(const models::model_file& model) {
  end();
  json config{{"class_name", "Sequential"},
              {"config", {{"name", "lepton"}, {"layers", std::move(layers_)}}}};
  for (auto path : {"/", root}) {
    file_.add_text(path, "backend", "tensorflow");
    file_.add_text(path, "keras_version", "2.11.0");
  }
  file_.add_texts(root, "layer_names", names_);
  file_.add_text("/", "model_config", config.dump());
  file_.add_text("/", "lepton_inputs", json(parts_.inputs).dump());
  file_.add_text("/", "lepton_outputs", json(parts_.outputs).dump());
  file_.add_text("/", "lepton_pipeline", model.pipeline);
  return file_.bytes();
}

/// A matrix of units x inputs as Keras has it.
std::vector<float> turned(const dense_part& part) {
  std::vector<float> kernel(part.weights.size());
  for (size_t o = 0; o < part.out; ++o)
    for (size_t i = 0; i < part.in; ++i)
      kernel[i * part.out + o] = part.weights[o * part.in + i];
  return kernel;
}

/// Of out channel, row, column, in channel: row, column, in, out.
std::vector<float> turned(const image_part& part) {
  auto rest = part.stage.weights();
  auto out = part.stage.out.channels;
  std::vector<float> kernel(part.weights.size());
  for (size_t o = 0; o < out; ++o)
    for (size_t i = 0; i < rest; ++i)
      kernel[i * out + o] = part.weights[o * rest + i];
  return kernel;
}

/// The name of an activation; leaky ReLU is a layer of its own.
std::string word_of(models::activation act) {
  return act == models::activation::leaky_relu ? "linear"
                                               : models::to_string(act);
}

std::string output_word(models::output_kind kind) {
  if (kind == models::output_kind::classes)
    return "softmax";
  return kind == models::output_kind::flags ? "sigmoid" : "linear";
}

void add_leak(layer_writer& to, models::activation act, std::string name) {
  if (act == models::activation::leaky_relu)
    to.add("LeakyReLU", name + "_leaky", {{"alpha", 0.01}});
}

void add_dense(layer_writer& to,
               const dense_part& part,
               const std::string& name,
               const std::string& activation) {
  to.add("Dense", name,
         {{"units", part.out}, {"activation", activation}, {"use_bias", true}});
  to.add_array("kernel", {part.in, part.out}, turned(part));
  to.add_array("bias", {part.out}, part.bias);
}

void add_scaling(layer_writer& to, const scaling_part& part) {
  to.add("BatchNormalization", "lepton_scale",
         {{"axis", -1},
          {"epsilon", 0.0},
          {"center", false},
          {"scale", false},
          {"trainable", false}});
  std::vector<float> variance;
  for (auto x : part.divisor)
    variance.push_back(x * x);
  to.add_array("moving_mean", {part.shift.size()}, part.shift);
  to.add_array("moving_variance", {variance.size()}, variance);
}

void add_image_layer(layer_writer& to,
                     const image_part& part,
                     const std::string& name,
                     models::activation act) {
  auto size = part.stage.layer.size;
  json square{size, size};
  if (!part.stage.convolves()) {
    auto max = part.stage.layer.kind == models::image_layer_kind::max_pool;
    to.add(max ? "MaxPooling2D" : "AveragePooling2D", name,
           {{"pool_size", square}, {"strides", square}, {"padding", "valid"}});
    return;
  }
  to.add("Conv2D", name,
         {{"filters", part.stage.out.channels},
          {"kernel_size", square},
          {"strides", {1, 1}},
          {"padding", "same"},
          {"activation", word_of(act)},
          {"use_bias", true}});
  to.add_array("kernel",
               {size, size, part.stage.in.channels, part.stage.out.channels},
               turned(part));
  to.add_array("bias", {part.stage.out.channels}, part.bias);
  add_leak(to, act, name);
}

void add_front(layer_writer& to, const network_parts& parts) {
  auto& image = parts.image;
  to.add("Reshape", "image",
         {{"target_shape", {image.height, image.width, image.channels}}});
  size_t number = 0;
  for (auto& part : parts.front)
    add_image_layer(to, part, "image_" + std::to_string(++number), parts.act);
  to.add("Flatten", "flatten", json::object());
}

} // namespace

std::string keras_file(const models::model_file& model,
                       const std::string& name) {
  auto parts = take_apart(model, name);
  layer_writer to(parts);
  to.add("InputLayer", "inputs",
         {{"batch_input_shape", {nullptr, parts.inputs.size()}}});
  if (!parts.scaling.empty())
    add_scaling(to, parts.scaling);
  for (auto& part : parts.projection)
    add_dense(to, part, "lepton_pca", "linear");
  if (!parts.front.empty())
    add_front(to, parts);
  for (size_t i = 0; i < parts.dense.size(); ++i) {
    auto last = i + 1 == parts.dense.size();
    auto layer =
      last ? std::string{"outputs"} : "dense_" + std::to_string(i + 1);
    add_dense(to, parts.dense[i], layer,
              last ? output_word(parts.output) : word_of(parts.act));
    if (!last)
      add_leak(to, parts.act, layer);
  }
  return to.finish(model);
}

} // namespace formats
