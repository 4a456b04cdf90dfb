#include <models/core/error.hpp>
#include <models/data/preparation.hpp>
#include <models/data/targets.hpp>
#include <models/io/safetensors.hpp>
#include <models/nn/mlp_parameters.hpp>
#include <models/parallel/training_block.hpp>
#include <roles/compute/mlp_job.hpp>

#include <cmath>
#include <map>
#include <stdexcept>

namespace roles {

namespace {

using nlohmann::json;

/// Weights by which each class has the same part in the loss.
std::vector<float> balanced(const models::table& table,
                            std::span<const uint32_t> train) {
  std::vector<float> counts(table.schema.classes.size());
  for (auto row : train)
    ++counts[static_cast<size_t>(table.labels[row])];
  auto share =
    static_cast<float>(train.size()) / static_cast<float>(counts.size());
  for (auto& x : counts)
    x = x > 0 ? share / x : 0;
  return counts;
}

/// The image of a row: what the parameters say, else the file.
void set_image(mlp_training& job, const models::table& table) {
  auto& net = job.config.net;
  auto [height, width] = table.schema.image;
  if (net.image.floats() == 0)
    net.image = {height, width, 1};
  if (net.image.floats() == 0)
    throw std::invalid_argument{
      "the rows are no images; say their shape: --image HEIGHT,WIDTH"};
  if (net.image.floats() != net.inputs)
    throw std::invalid_argument{
      "an image of " + std::to_string(net.image.height) + " x "
      + std::to_string(net.image.width) + " x "
      + std::to_string(net.image.channels) + " has "
      + std::to_string(net.image.floats()) + " values, a row "
      + std::to_string(net.inputs) + " (--image, --drop, --pca)"};
}

/// The names of the outputs.
std::vector<std::string> output_names(const mlp_training& job,
                                      const models::table& table) {
  if (job.config.net.output == models::output_kind::classes)
    return table.schema.classes;
  if (table.targets.empty())
    throw std::invalid_argument{
      "--task: regression and multilabel need CSV with the label in columns"};
  return models::target_names(table.schema);
}

/// Sets targets, mean and deviation of a job that has numbers for answers.
void standardise_targets(mlp_training& job) {
  auto width = job.config.net.outputs;
  job.mean.assign(width, 0);
  job.deviation.assign(width, 1);
  job.targets = job.data.targets;
  if (!models::is_regression(job.config.net.output))
    return;
  auto n = static_cast<double>(job.rows.train);
  for (size_t o = 0; o < width; ++o) {
    double mean = 0, square = 0;
    for (size_t i = 0; i < job.rows.train; ++i)
      mean += static_cast<double>(job.targets[i * width + o]) / n;
    for (size_t i = 0; i < job.rows.train; ++i) {
      auto d = static_cast<double>(job.targets[i * width + o]) - mean;
      square += d * d / n;
    }
    job.mean[o] = static_cast<float>(mean);
    if (auto deviation = static_cast<float>(std::sqrt(square)); deviation > 0)
      job.deviation[o] = deviation;
    for (auto i = o; i < job.targets.size(); i += width)
      job.targets[i] = (job.targets[i] - job.mean[o]) / job.deviation[o];
  }
}

/// @throws data_error naming the place of a value that is no flag
void check_flags(const mlp_training& job) {
  auto& data = job.data;
  auto width = data.classes.size();
  for (size_t i = 0; i < data.targets.size(); ++i) {
    auto x = data.targets[i];
    if (x == 0 || x == 1)
      continue;
    auto row = i / width;
    auto line = data.lines.empty() ? row + 1 : data.lines[row];
    throw models::data_error{data.report.path + ":" + std::to_string(line)
                             + ": column '" + data.classes[i % width]
                             + "': a flag is 0 or 1 (--task multilabel)"};
  }
}

} // namespace

int64_t mlp_training::steps() const {
  return (int64_t{rows.train} + config.batch - 1) / config.batch
         * config.epochs;
}

double mlp_training::memory() const {
  constexpr double copies = 8; // a checkpoint of four parts, and as a file
  models::mlp_layout layout{config.net};
  return static_cast<double>(models::training_block::bytes(config, rows))
         + sizeof(float)
             * (copies * static_cast<double>(layout.parameters())
                + static_cast<double>(rows.sum()) * config.net.inputs);
}

json complete_network(const json& given) {
  return models::complete(given.contains("layers")
                            ? models::nn::cnn_parameters()
                            : models::nn::mlp_parameters(),
                          given);
}

mlp_training fit_mlp(const models::table& table,
                     const json& given,
                     std::vector<uint32_t>& order,
                     std::optional<uint32_t> fold) {
  // A job of an older version may lack the newer parameters.
  auto params = complete_network(given);
  auto convolves = params.contains("layers");
  mlp_training job;
  job.config = models::nn::training_from(params);
  auto split = models::split_from(params, table, job.config.patience > 0, fold);
  job.pipeline = models::fit_pipeline(table, split.train,
                                      models::preparation_from(params, table));
  job.rows = {static_cast<uint32_t>(split.train.size()),
              static_cast<uint32_t>(split.validation.size()),
              static_cast<uint32_t>(split.test.size())};
  order = std::move(split.train);
  order.insert(order.end(), split.validation.begin(), split.validation.end());
  order.insert(order.end(), split.test.begin(), split.test.end());
  job.config.net.inputs = static_cast<uint32_t>(job.pipeline.inputs());
  auto outputs = output_names(job, table).size();
  job.config.net.outputs = static_cast<uint32_t>(outputs);
  if (convolves)
    set_image(job, table);
  if (params.at("class_weights") == "balanced")
    job.config.class_weights =
      balanced(table, std::span{order}.first(job.rows.train));
  return job;
}

void take_data(mlp_training& job,
               const models::table& table,
               std::span<const uint32_t> order) {
  job.data = job.pipeline.transform(table, order);
  job.data.classes = output_names(job, table);
  if (job.config.net.output == models::output_kind::flags)
    check_flags(job);
  standardise_targets(job);
}

mlp_training prepare_mlp(const models::table& table,
                         const json& params,
                         std::optional<uint32_t> fold) {
  std::vector<uint32_t> order;
  auto job = fit_mlp(table, params, order, fold);
  take_data(job, table, order);
  return job;
}

std::vector<float> model_weights(const mlp_training& training,
                                 const models::mlp_layout& layout,
                                 std::span<const float> block) {
  std::vector<float> weights(block.begin(), block.end());
  if (!models::is_regression(layout.config().output))
    return weights;
  auto& last = layout.layers().back();
  for (uint32_t row = 0; row < last.rows(); ++row)
    for (uint32_t o = 0; o < last.out; ++o)
      weights[last.offset + size_t{row} * last.stride + o] *=
        training.deviation[o];
  for (uint32_t o = 0; o < last.out; ++o)
    weights[last.bias() + o] += training.mean[o];
  return weights;
}

models::mlp_params params_of(const models::mlp_config& net) {
  models::mlp_params params;
  params.layers.push_back(net.inputs);
  params.layers.insert(params.layers.end(), net.hidden.begin(),
                       net.hidden.end());
  params.layers.push_back(net.outputs);
  params.activation = models::to_string(net.act);
  params.output = models::to_string(net.output);
  params.norm = net.norm;
  for (auto& layer : net.front)
    params.front.push_back(models::to_string(layer));
  if (!net.front.empty())
    params.image = {net.image.height, net.image.width, net.image.channels};
  return params;
}

models::tensor_map tensors_of(const models::mlp_layout& layout,
                              std::span<const float> block) {
  models::tensor_map result;
  for (auto& x : models::export_parameters(layout, block))
    result.emplace(
      x.name, models::make_tensor({x.shape.begin(), x.shape.end()}, x.values));
  return result;
}

models::classification_report report_of(std::span<const int32_t> truth,
                                        std::span<const int32_t> predicted,
                                        size_t classes,
                                        double loss) {
  models::classification_report report;
  report.rows = truth.size();
  report.confusion = models::confusion(truth, predicted, classes);
  report.accuracy = models::accuracy(report.confusion);
  report.balanced_accuracy = models::balanced_accuracy(report.confusion);
  report.macro = models::scores(report.confusion);
  report.loss = loss;
  return report;
}

json data_json(const mlp_training& training) {
  auto result = models::to_json(training.data.report);
  result["train"] = training.rows.train;
  result["validation"] = training.rows.validation;
  result["test"] = training.rows.test;
  result["steps"] = models::steps_in_words(training.pipeline);
  return result;
}

std::string write_checkpoint(const models::checkpoint& state,
                             const std::string& folds) {
  auto packed = models::pack(state);
  models::tensor_views views;
  for (auto& x : packed.tensors)
    views.emplace(x.name,
                  models::view_of({x.shape.begin(), x.shape.end()}, x.values));
  std::map<std::string, std::string> texts{{"checkpoint", packed.json}};
  if (!folds.empty())
    texts["folds"] = folds;
  return models::write_safetensors(views, texts);
}

models::checkpoint read_checkpoint(std::string_view bytes,
                                   const std::string& origin,
                                   std::string* folds) {
  auto file = models::read_safetensors(bytes, origin);
  auto text = file.metadata.find("checkpoint");
  if (text == file.metadata.end())
    throw models::data_error{origin + ": no checkpoint of a training"};
  models::packed_checkpoint packed{{}, text->second};
  if (folds != nullptr)
    *folds = file.metadata["folds"];
  for (auto& [name, x] : file.tensors) {
    auto values = x.f32();
    packed.tensors.push_back(
      {name, {x.shape.begin(), x.shape.end()}, {values.begin(), values.end()}});
  }
  return models::unpack(packed);
}

} // namespace roles
