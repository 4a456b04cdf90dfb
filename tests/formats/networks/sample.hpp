#pragma once

// Models with random weights, and what they predict.

#include <models/core/random.hpp>
#include <models/data/pipeline.hpp>
#include <models/io/model_file.hpp>
#include <models/nn/mlp_kind.hpp>
#include <models/nn/mlp_pass.hpp>

#include <string>
#include <vector>

namespace formats_test {

/// Columns "a1", "a2", ... scaled by made-up numbers; the label comes last.
inline models::pipeline
columns(size_t n, const std::vector<std::string>& outputs, bool classes) {
  models::pipeline p;
  for (size_t i = 0; i < n; ++i) {
    models::table_column column;
    column.name = "a" + std::to_string(i + 1);
    p.schema.layout.push_back({column.name});
    p.schema.columns.push_back(column);
    p.shift.push_back(0.5F * static_cast<float>(i % 7));
    p.divisor.push_back(1 + 0.25F * static_cast<float>(i % 5));
  }
  p.schema.layout.push_back({"label", models::column_role::label});
  if (classes)
    p.schema.classes = outputs;
  p.fill.assign(n, 0);
  p.steps.scale = models::scaling::standard;
  return p;
}

inline models::model_file sample(models::mlp_config net) {
  models::model_file model;
  models::mlp_layout layout(net);
  auto block = models::initial_parameters(layout, 3);
  auto key = models::make_key(7, 1);
  for (auto& layer : layout.layers()) {
    std::vector<float> extra(layer.out);
    models::fill_normal(extra, key);
    for (uint32_t o = 0; o < layer.out; ++o) {
      block[layer.bias() + o] = 0.1F * extra[o];
      if (layer.norm) {
        block[layer.scale() + o] = 1 + 0.2F * extra[o];
        block[layer.mean() + o] = 0.3F * extra[o];
        block[layer.variance() + o] = 0.5F + extra[o] * extra[o];
      }
    }
  }
  models::mlp_params params;
  params.layers.push_back(net.inputs);
  for (auto units : net.hidden)
    params.layers.push_back(units);
  params.layers.push_back(net.outputs);
  params.activation = models::to_string(net.act);
  params.output = models::to_string(net.output);
  params.norm = net.norm;
  for (auto& layer : net.front)
    params.front.push_back(models::to_string(layer));
  if (!net.front.empty())
    params.image = {net.image.height, net.image.width, net.image.channels};
  model.kind = net.front.empty() ? "mlp" : "cnn";
  model.params = models::to_json(params);
  for (uint32_t o = 0; o < net.outputs; ++o)
    model.classes.push_back("c" + std::to_string(o));
  model.pipeline = models::to_json(columns(
    net.inputs, model.classes, net.output == models::output_kind::classes));
  for (auto& x : models::export_parameters(layout, block))
    model.tensors.emplace(
      x.name, models::make_tensor({x.shape.begin(), x.shape.end()}, x.values));
  return model;
}

/// What the model makes of made-up rows, its pipeline included.
inline std::vector<float> outputs_of(const models::model_file& model) {
  constexpr size_t rows = 5;
  auto p = models::pipeline_from_json(model.pipeline);
  std::vector<float> raw(rows * p.schema.columns.size());
  models::fill_normal(raw, models::make_key(11, 2));
  std::vector<float> x(rows * p.inputs());
  p.transform_numbers(raw, rows, x);
  auto net = models::kind_of(model).load(model);
  std::vector<float> out(rows * net->outputs());
  net->predict(x, rows, out);
  return out;
}

/// The largest difference of outputs.
inline float distance(const std::vector<float>& a,
                      const std::vector<float>& b) {
  float most = a.size() == b.size() ? 0.0F : 1e9F;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

inline models::mlp_config
network(models::activation act, models::output_kind output, bool norm = false) {
  models::mlp_config net;
  net.inputs = 6;
  net.hidden = {9, 5};
  net.outputs = 3;
  net.act = act;
  net.output = output;
  net.norm = norm;
  return net;
}

inline models::mlp_config images() {
  auto net = network(models::activation::relu, models::output_kind::classes);
  net.image = {7, 6, 1};
  net.inputs = 42;
  for (auto layer : {"conv:3x3", "pool:2", "conv:4x5", "average:3"})
    net.front.push_back(models::image_layer_from(layer));
  return net;
}

} // namespace formats_test
