#include <models/core/error.hpp>
#include <models/nn/batch_norm.hpp>
#include <models/nn/mlp_kind.hpp>

#include <algorithm>
#include <cmath>
#include <formats/network_parts.hpp>
#include <stdexcept>

namespace formats {

namespace {

using models::data_error;
using models::model_file;

std::vector<float> values_of(const model_file& model, const std::string& name) {
  auto found = model.tensors.find(name);
  if (found == model.tensors.end())
    throw data_error("model: no tensor " + name);
  auto values = found->second.f32();
  return {values.begin(), values.end()};
}

/// Multiplies batch normalisation into the layer before it.
void fold_norm(dense_part& part,
               const model_file& model,
               const std::string& name) {
  auto scale = values_of(model, name + ".norm.weight");
  auto mean = values_of(model, name + ".norm.mean");
  auto variance = values_of(model, name + ".norm.variance");
  for (size_t o = 0; o < part.out; ++o) {
    auto by = scale[o] / std::sqrt(variance[o] + models::norm_epsilon);
    for (size_t i = 0; i < part.in; ++i)
      part.weights[o * part.in + i] *= by;
    part.bias[o] -= mean[o] * by;
  }
}

scaling_part scaling_of(const models::pipeline& p) {
  scaling_part part;
  if (p.steps.scale == models::scaling::none)
    return part;
  for (size_t c = 0; c < p.schema.columns.size(); ++c) {
    auto& column = p.schema.columns[c];
    if (column.kind == models::column_kind::text) {
      part.shift.insert(part.shift.end(), column.categories.size(), 0.0F);
      part.divisor.insert(part.divisor.end(), column.categories.size(), 1.0F);
      continue;
    }
    part.shift.push_back(p.shift.empty() ? 0.0F : p.shift[c]);
    part.divisor.push_back(p.divisor.empty() ? 255.0F : p.divisor[c]);
  }
  return part;
}

dense_part projection_of(const models::pca& p) {
  dense_part part{static_cast<uint32_t>(p.inputs),
                  static_cast<uint32_t>(p.outputs),
                  {p.components.begin(), p.components.end()},
                  {}};
  for (size_t o = 0; o < p.outputs; ++o) {
    double sum = 0;
    for (size_t i = 0; i < p.inputs; ++i)
      sum += p.components[o * p.inputs + i] * p.mean[i];
    part.bias.push_back(static_cast<float>(-sum));
  }
  return part;
}

/// Names of what enters the first part.
std::vector<std::string> inputs_of(const models::pipeline& p) {
  auto plain = p;
  plain.steps.pca = 0;
  return plain.feature_names();
}

void add_pipeline(network_parts& parts, const models::pipeline& p) {
  parts.inputs = inputs_of(p);
  parts.scaling = scaling_of(p);
  if (p.steps.pca > 0)
    parts.projection.push_back(projection_of(p.projection));
  if (p.steps.deskew)
    parts.left_out.push_back("deskewing the images");
  if (p.steps.center)
    parts.left_out.push_back("centring the images");
  if (p.steps.missing != models::missing_policy::error)
    parts.left_out.push_back("filling in missing values");
  for (auto& column : p.schema.columns)
    if (column.kind == models::column_kind::text) {
      parts.left_out.push_back("making an input of each category of a text");
      break;
    }
}

void add_layers(network_parts& parts,
                const models::mlp_layout& layout,
                const model_file& model) {
  size_t convolutions = 0;
  for (auto& stage : layout.front()) {
    image_part part{stage, {}, {}};
    if (stage.convolves()) {
      auto name = "conv" + std::to_string(convolutions++);
      part.weights = values_of(model, name + ".weight");
      part.bias = values_of(model, name + ".bias");
    }
    parts.front.push_back(std::move(part));
  }
  for (size_t i = 0; i < layout.layers().size(); ++i) {
    auto& layer = layout.layers()[i];
    auto name = "layer" + std::to_string(i);
    dense_part part{layer.in, layer.out, values_of(model, name + ".weight"),
                    values_of(model, name + ".bias")};
    if (layer.norm)
      fold_norm(part, model, name);
    parts.dense.push_back(std::move(part));
  }
}

void require(bool good, const std::string& what) {
  if (!good)
    throw data_error(what);
}

/// Columns as they come, and a place for the answer.
models::pipeline numbered(const network_parts& parts) {
  models::pipeline p;
  auto image = parts.front.empty() ? models::image_shape{} : parts.image;
  auto columns = parts.dense.empty() || !parts.front.empty()
                   ? image.floats()
                   : parts.dense[0].in;
  auto pixels = image.channels == 1;
  for (size_t i = 0; i < columns; ++i) {
    models::table_column column;
    column.name = (pixels ? "pixel " : "column ") + std::to_string(i + 1);
    p.schema.layout.push_back({column.name});
    p.schema.columns.push_back(std::move(column));
  }
  auto classes = parts.output == models::output_kind::classes;
  if (classes)
    p.schema.layout.push_back({"label", models::column_role::label});
  else
    for (auto& name : parts.outputs)
      p.schema.layout.push_back({name, models::column_role::label});
  if (classes)
    p.schema.classes = parts.outputs;
  p.schema.named = false;
  if (pixels)
    p.schema.image = {image.height, image.width};
  p.fill.assign(columns, 0);
  if (!parts.scaling.empty()) {
    p.steps.scale = models::scaling::standard;
    p.shift = parts.scaling.shift;
    p.divisor = parts.scaling.divisor;
  }
  return p;
}

void add_tensor(model_file& model,
                const std::string& name,
                std::vector<uint64_t> shape,
                const std::vector<float>& values) {
  require(std::all_of(values.begin(), values.end(),
                      [](float x) { return std::isfinite(x); }),
          name + ": a value that is not finite");
  model.tensors.emplace(name, models::make_tensor(std::move(shape), values));
}

void add_tensors(model_file& model, const network_parts& parts) {
  size_t convolutions = 0;
  for (auto& part : parts.front)
    if (auto& stage = part.stage; stage.convolves()) {
      auto name = "conv" + std::to_string(convolutions++);
      add_tensor(model, name + ".weight",
                 {stage.out.channels, stage.layer.size, stage.layer.size,
                  stage.in.channels},
                 part.weights);
      add_tensor(model, name + ".bias", {stage.out.channels}, part.bias);
    }
  for (size_t i = 0; i < parts.dense.size(); ++i) {
    auto& part = parts.dense[i];
    auto name = "layer" + std::to_string(i);
    add_tensor(model, name + ".weight", {part.out, part.in}, part.weights);
    add_tensor(model, name + ".bias", {part.out}, part.bias);
  }
}

} // namespace

network_parts take_apart(const model_file& model, const std::string& name) {
  require(model.kind == "mlp" || model.kind == "cnn",
          name + ": a model of the kind " + model.kind
            + "; only mlp and cnn are networks");
  network_parts parts;
  parts.name = name;
  parts.outputs = model.classes;
  try {
    auto layout = models::layout_of(model);
    models::parameters_of(layout, model); // checks every shape
    parts.act = layout.config().act;
    parts.output = layout.config().output;
    parts.image = layout.config().image;
    add_layers(parts, layout, model);
  } catch (const std::invalid_argument& e) {
    throw data_error(name + ": " + e.what());
  }
  add_pipeline(parts, models::pipeline_from_json(model.pipeline));
  return parts;
}

model_file put_together(const network_parts& parts,
                        const std::string& pipeline) {
  require(!parts.dense.empty(), "no dense layer");
  model_file model;
  model.kind = parts.front.empty() ? "mlp" : "cnn";
  models::mlp_params params;
  params.layers.push_back(parts.dense[0].in);
  for (auto& part : parts.dense)
    params.layers.push_back(part.out);
  params.activation = models::to_string(parts.act);
  params.output = models::to_string(parts.output);
  for (auto& part : parts.front)
    params.front.push_back(models::to_string(part.stage.layer));
  if (!parts.front.empty()) {
    auto& image = parts.image;
    params.image = {image.height, image.width, image.channels};
    params.layers[0] = static_cast<uint32_t>(image.floats());
  }
  model.params = models::to_json(params);
  model.classes = parts.outputs;
  model.pipeline =
    pipeline.empty() ? models::to_json(numbered(parts)) : pipeline;
  add_tensors(model, parts);
  return model;
}

} // namespace formats
