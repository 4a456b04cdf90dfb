#include <models/core/error.hpp>

#include <cmath>
#include <formats/onnx.hpp>
#include <nlohmann/json.hpp>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

namespace formats {

namespace {

using nlohmann::json;

constexpr int ir_version = 7;
constexpr int operator_set = 13;
constexpr float leak = 0.01F;

/// Adds nodes one after another; each takes what the one before gave.
class graph_writer {
public:
  explicit graph_writer(::onnx::GraphProto& graph) : graph_(graph) {}

  /// A node whose first input is the current value; it gives the next one.
  ::onnx::NodeProto& add(const char* op,
                         std::vector<std::string> more = {},
                         const std::string& result = "") {
    auto& node = *graph_.add_node();
    node.set_op_type(op);
    node.set_name(std::string{op} + "_" + std::to_string(++nodes_));
    node.add_input(current_);
    for (auto& input : more)
      node.add_input(input);
    current_ = result.empty() ? node.name() : result;
    node.add_output(current_);
    return node;
  }

  const std::string& current() const { return current_; }

  /// @returns its name
  std::string constant(const std::string& name,
                       std::vector<int64_t> shape,
                       const std::vector<float>& values) {
    auto& tensor = begin(name, shape, ::onnx::TensorProto::FLOAT);
    tensor.set_raw_data(values.data(), values.size() * sizeof(float));
    return name;
  }

  std::string integers(const std::string& name,
                       const std::vector<int64_t>& values) {
    auto& tensor = begin(name, {static_cast<int64_t>(values.size())},
                         ::onnx::TensorProto::INT64);
    tensor.set_raw_data(values.data(), values.size() * sizeof(int64_t));
    return name;
  }

private:
  ::onnx::TensorProto& begin(const std::string& name,
                             const std::vector<int64_t>& shape,
                             ::onnx::TensorProto::DataType type) {
    auto& tensor = *graph_.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (auto size : shape)
      tensor.add_dims(size);
    return tensor;
  }

  ::onnx::GraphProto& graph_;
  std::string current_ = "inputs";
  size_t nodes_ = 0;
};

::onnx::AttributeProto& attribute(::onnx::NodeProto& node, const char* name) {
  auto& a = *node.add_attribute();
  a.set_name(name);
  return a;
}

void set(::onnx::NodeProto& node, const char* name, int64_t value) {
  auto& a = attribute(node, name);
  a.set_type(::onnx::AttributeProto::INT);
  a.set_i(value);
}

void set(::onnx::NodeProto& node, const char* name, float value) {
  auto& a = attribute(node, name);
  a.set_type(::onnx::AttributeProto::FLOAT);
  a.set_f(value);
}

void set(::onnx::NodeProto& node,
         const char* name,
         std::vector<int64_t> values) {
  auto& a = attribute(node, name);
  a.set_type(::onnx::AttributeProto::INTS);
  for (auto value : values)
    a.add_ints(value);
}

/// x / 2 (1 + erf(x / sqrt 2)): the operator set has none of its own.
void add_gelu(graph_writer& to, const std::string& name) {
  auto x = to.current();
  auto root = to.constant(name + ".root", {}, {std::sqrt(0.5F)});
  auto one = to.constant(name + ".one", {}, {1.0F});
  auto half = to.constant(name + ".half", {}, {0.5F});
  to.add("Mul", {root});
  to.add("Erf");
  to.add("Add", {one});
  to.add("Mul", {half});
  to.add("Mul", {x});
}

void add_activation(graph_writer& to,
                    models::activation act,
                    const std::string& name) {
  switch (act) {
  case models::activation::relu:
    to.add("Relu");
    return;
  case models::activation::sigmoid:
    to.add("Sigmoid");
    return;
  case models::activation::tanh:
    to.add("Tanh");
    return;
  case models::activation::leaky_relu:
    set(to.add("LeakyRelu"), "alpha", leak);
    return;
  case models::activation::gelu:
    add_gelu(to, name);
  }
}

void add_dense(graph_writer& to,
               const dense_part& part,
               const std::string& name,
               const std::string& result = "") {
  auto weight =
    to.constant(name + ".weight", {part.out, part.in}, part.weights);
  auto bias = to.constant(name + ".bias", {part.out}, part.bias);
  set(to.add("Gemm", {weight, bias}, result), "transB", int64_t{1});
}

void add_scaling(graph_writer& to, const scaling_part& part) {
  auto n = static_cast<int64_t>(part.shift.size());
  to.add("Sub", {to.constant("scale.shift", {n}, part.shift)});
  to.add("Div", {to.constant("scale.divisor", {n}, part.divisor)});
}

/// Of out channel, row, column, in channel: out, in, row, column.
std::vector<float> channels_first(const image_part& part) {
  auto in = part.stage.in.channels;
  auto pixels = size_t{part.stage.layer.size} * part.stage.layer.size;
  std::vector<float> kernel(part.weights.size());
  for (size_t o = 0; o < part.stage.out.channels; ++o)
    for (size_t p = 0; p < pixels; ++p)
      for (size_t c = 0; c < in; ++c)
        kernel[(o * in + c) * pixels + p] =
          part.weights[(o * pixels + p) * in + c];
  return kernel;
}

void add_image_layer(graph_writer& to,
                     const image_part& part,
                     const std::string& name,
                     models::activation act) {
  auto& stage = part.stage;
  int64_t size = stage.layer.size;
  std::vector<int64_t> square{size, size};
  if (!stage.convolves()) {
    auto max = stage.layer.kind == models::image_layer_kind::max_pool;
    auto& node = to.add(max ? "MaxPool" : "AveragePool");
    set(node, "kernel_shape", square);
    set(node, "strides", square);
    return;
  }
  auto weight = to.constant(name + ".weight",
                            {stage.out.channels, stage.in.channels, size, size},
                            channels_first(part));
  auto bias = to.constant(name + ".bias", {stage.out.channels}, part.bias);
  auto& node = to.add("Conv", {weight, bias});
  set(node, "kernel_shape", square);
  set(node, "pads", std::vector<int64_t>(4, size / 2));
  add_activation(to, act, name);
}

/// Our images have the channels last, those of ONNX first.
void add_front(graph_writer& to, const network_parts& parts) {
  auto& image = parts.image;
  to.add("Reshape", {to.integers("image.shape", {-1, image.height, image.width,
                                                 image.channels})});
  set(to.add("Transpose"), "perm", std::vector<int64_t>{0, 3, 1, 2});
  size_t number = 0;
  for (auto& part : parts.front)
    add_image_layer(to, part, "image_" + std::to_string(++number), parts.act);
  set(to.add("Transpose"), "perm", std::vector<int64_t>{0, 2, 3, 1});
  set(to.add("Flatten"), "axis", int64_t{1});
}

/// The last layer and what makes its sums the outputs.
void add_outputs(graph_writer& to, const network_parts& parts) {
  auto& last = parts.dense.back();
  if (models::is_regression(parts.output)) {
    add_dense(to, last, "outputs", "values");
    return;
  }
  add_dense(to, last, "outputs");
  if (parts.output == models::output_kind::flags)
    to.add("Sigmoid", {}, "probabilities");
  else
    set(to.add("Softmax", {}, "probabilities"), "axis", int64_t{1});
}

void describe(::onnx::ValueInfoProto& value,
              const std::string& name,
              size_t columns) {
  value.set_name(name);
  auto& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(::onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("rows");
  type.mutable_shape()->add_dim()->set_dim_value(static_cast<int64_t>(columns));
}

void add_note(::onnx::ModelProto& model,
              const char* name,
              const std::vector<std::string>& texts) {
  auto& note = *model.add_metadata_props();
  note.set_key(name);
  note.set_value(json(texts).dump());
}

void fill_graph(::onnx::GraphProto& graph, const network_parts& parts) {
  graph.set_name("lepton");
  graph_writer to(graph);
  describe(*graph.add_input(), "inputs", parts.inputs.size());
  if (!parts.scaling.empty())
    add_scaling(to, parts.scaling);
  for (auto& part : parts.projection)
    add_dense(to, part, "components");
  if (!parts.front.empty())
    add_front(to, parts);
  for (size_t i = 0; i + 1 < parts.dense.size(); ++i) {
    auto name = "dense_" + std::to_string(i + 1);
    add_dense(to, parts.dense[i], name);
    add_activation(to, parts.act, name);
  }
  add_outputs(to, parts);
  describe(*graph.add_output(), to.current(), parts.dense.back().out);
}

} // namespace

std::string onnx_file(const models::model_file& model,
                      const std::string& name) {
  auto parts = take_apart(model, name);
  ::onnx::ModelProto file;
  file.set_ir_version(ir_version);
  file.set_producer_name("lepton");
  file.add_opset_import()->set_version(operator_set);
  fill_graph(*file.mutable_graph(), parts);
  add_note(file, "lepton_inputs", parts.inputs);
  add_note(file, "lepton_outputs", parts.outputs);
  std::string bytes;
  try {
    ::onnx::checker::check_model(file);
  } catch (const ::onnx::checker::ValidationError& e) {
    throw models::data_error(name + ": as ONNX: " + e.what());
  }
  if (!file.SerializeToString(&bytes))
    throw models::data_error(name + ": too large for an ONNX file (2 GiB)");
  return bytes;
}

} // namespace formats
