#include <models/nn/denormals.hpp>
#include <models/nn/mlp_kind.hpp>
#include <models/nn/mlp_parameters.hpp>
#include <models/nn/mlp_pass.hpp>

#include <nlohmann/json.hpp>

namespace models {

namespace {

class mlp_predictor : public predictor {
public:
  explicit mlp_predictor(const model_file& model)
    : layout_(layout_of(model)),
      parameters_(parameters_of(layout_, model)),
      work_(layout_) {}

  size_t inputs() const override { return layout_.config().inputs; }

  size_t outputs() const override { return layout_.config().outputs; }

  void predict(std::span<const float> rows,
               size_t count,
               std::span<float> out) override {
    denormals_off guard;
    rows_.resize(count);
    for (size_t i = 0; i < count; ++i)
      rows_[i] = rows.data() + i * inputs();
    models::predict(layout_, parameters_, rows_, out, work_);
  }

private:
  mlp_layout layout_;
  std::vector<float> parameters_;
  mlp_workspace work_;
  std::vector<const float*> rows_;
};

std::unique_ptr<predictor> load(const model_file& model) {
  return std::make_unique<mlp_predictor>(model);
}

} // namespace

mlp_layout layout_of(const model_file& model) {
  auto params = mlp_params_from_json(model.params);
  mlp_config config;
  config.inputs = params.layers.front();
  config.outputs = params.layers.back();
  config.hidden.assign(params.layers.begin() + 1, params.layers.end() - 1);
  config.act = activation_from(params.activation);
  config.output = output_kind_from(params.output);
  config.norm = params.norm;
  for (auto& layer : params.front)
    config.front.push_back(image_layer_from(layer));
  if (!config.front.empty())
    config.image = {params.image[0], params.image[1], params.image[2]};
  return mlp_layout{config};
}

std::vector<float> parameters_of(const mlp_layout& layout,
                                 const model_file& model) {
  std::vector<named_tensor> tensors;
  for (auto& [name, x] : model.tensors) {
    auto values = x.f32();
    tensors.push_back(
      {name, {x.shape.begin(), x.shape.end()}, {values.begin(), values.end()}});
  }
  return import_parameters(layout, tensors);
}

model_kind mlp_model_kind() {
  model_kind kind;
  kind.name = "mlp";
  kind.summary = "a network of dense layers that classifies";
  kind.example = "--data models/data/digits.csv --name digits --watch";
  kind.data = data_need::labelled;
  kind.parameters = nn::mlp_parameters;
  kind.load = load;
  return kind;
}

} // namespace models
