#include <models/metrics/probabilities.hpp>
#include <models/metrics/regression.hpp>
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

output_kind output_of(const model_file& model) {
  return output_kind_from(mlp_params_from_json(model.params).output);
}

output_meaning meaning(const model_file& model) {
  auto kind = output_of(model);
  if (is_regression(kind))
    return {"values", output_meaning::choice::none};
  if (kind == output_kind::flags)
    return {"probabilities", output_meaning::choice::several};
  return {};
}

data_need data_for(const nlohmann::json& params) {
  return params.value("task", "classification") == "classification"
           ? data_need::labelled
           : data_need::numbers;
}

nlohmann::json measure_classes(const dataset& data,
                               std::span<const float> outputs,
                               size_t classes) {
  auto metrics = to_json(evaluate(data.labels, outputs, classes));
  auto sure = evaluate_probabilities(data.labels, outputs, classes);
  metrics["log_loss"] = metrics["loss"];
  metrics["brier"] = sure.brier;
  metrics["calibration_error"] = sure.calibration_error;
  if (sure.roc_auc)
    metrics["roc_auc"] = *sure.roc_auc;
  return metrics;
}

nlohmann::json measure(const model_file& model,
                       const dataset& data,
                       std::span<const float> outputs) {
  auto kind = output_of(model);
  if (kind == output_kind::classes)
    return measure_classes(data, outputs, model.classes.size());
  return measure_outputs(kind, data.targets, outputs, model.classes.size());
}

} // namespace

nlohmann::json to_json(const classification_report& report) {
  return {{"accuracy", report.accuracy},
          {"balanced_accuracy", report.balanced_accuracy},
          {"precision", report.macro.precision},
          {"recall", report.macro.recall},
          {"f1", report.macro.f1},
          {"loss", report.loss},
          {"rows", report.rows},
          {"confusion", report.confusion.counts}};
}

nlohmann::json measure_outputs(output_kind kind,
                               std::span<const float> truth,
                               std::span<const float> outputs,
                               size_t width) {
  if (kind == output_kind::flags) {
    auto report = evaluate_flags(truth, outputs, width);
    return {{"accuracy", report.accuracy},
            {"hamming", report.hamming},
            {"precision", report.precision},
            {"recall", report.recall},
            {"f1", report.f1},
            {"rows", report.rows}};
  }
  auto report = evaluate_numbers(truth, outputs, width);
  return {{"mae", report.mae},
          {"rmse", report.rmse},
          {"r2", report.r2},
          {"rows", report.rows}};
}

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

model_kind cnn_model_kind() {
  auto kind = mlp_model_kind();
  kind.name = "cnn";
  kind.summary = "the same behind convolutions and pools, for images";
  kind.example = "--data IMAGES --labels LABELS --name digits --watch";
  kind.parameters = nn::cnn_parameters;
  return kind;
}

model_kind mlp_model_kind() {
  model_kind kind;
  kind.name = "mlp";
  kind.summary = "a network of dense layers: classes, numbers or flags";
  kind.example = "--data models/data/digits.csv --name digits --watch";
  kind.data = data_need::labelled;
  kind.parameters = nn::mlp_parameters;
  kind.load = load;
  kind.data_for = data_for;
  kind.meaning = meaning;
  kind.evaluate = measure;
  return kind;
}

} // namespace models
