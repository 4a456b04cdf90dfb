#include <models/data/split.hpp>
#include <models/estimators/mlp_classifier.hpp>
#include <models/metrics/classification.hpp>
#include <models/nn/denormals.hpp>
#include <models/nn/mlp_pass.hpp>

#include <algorithm>
#include <stdexcept>

namespace models {

namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("mlp_classifier: " + what);
}

std::string shape_of(size_t values, size_t rows) {
  return std::to_string(values) + " features for " + std::to_string(rows)
         + " rows";
}

/// Rows in the order that a training wants: train, then validation.
struct ordered_rows {
  std::vector<float> features;
  std::vector<int32_t> labels;
  row_counts counts;
};

ordered_rows order_rows(std::span<const float> features,
                        std::span<const int32_t> labels,
                        size_t inputs,
                        double validation,
                        uint64_t seed) {
  auto split = split_rows(labels, 0, validation, seed);
  ordered_rows out;
  out.counts = {static_cast<uint32_t>(split.train.size()),
                static_cast<uint32_t>(split.validation.size()), 0};
  for (auto part : {&split.train, &split.validation})
    for (auto row : *part) {
      auto x = features.subspan(row * inputs, inputs);
      out.features.insert(out.features.end(), x.begin(), x.end());
      out.labels.push_back(labels[row]);
    }
  return out;
}

/// How many classes the labels count.
uint32_t classes_in(std::span<const int32_t> labels) {
  auto [least, most] = std::minmax_element(labels.begin(), labels.end());
  if (*least < 0)
    refuse("labels must be 0 or more, got " + std::to_string(*least));
  return static_cast<uint32_t>(*most) + 1;
}

} // namespace

mlp_classifier::mlp_classifier(training_config config,
                               double validation,
                               uint32_t threads)
  : config_(std::move(config)), validation_(validation), threads_(threads) {
  if (!(validation >= 0) || validation >= 1)
    refuse("validation must be from 0 to below 1");
  if (threads < 1 || threads > 255)
    refuse("threads must be 1 to 255");
  auto probe = config_;
  probe.net.inputs = 1;
  probe.net.outputs = 2;
  check(probe);
}

mlp_classifier& mlp_classifier::fit(const dataset& data) {
  if (data.labels.size() != data.rows)
    refuse("the data have no labels");
  train(data.features, data.labels, data.classes);
  return *this;
}

mlp_classifier& mlp_classifier::fit(std::span<const float> features,
                                    std::span<const int32_t> labels) {
  std::vector<std::string> names;
  if (!labels.empty())
    for (uint32_t i = 0; i < classes_in(labels); ++i)
      names.push_back(std::to_string(i));
  train(features, labels, std::move(names));
  return *this;
}

void mlp_classifier::train(std::span<const float> features,
                           std::span<const int32_t> labels,
                           std::vector<std::string> classes) {
  if (labels.empty() || features.empty()
      || features.size() % labels.size() != 0)
    refuse(shape_of(features.size(), labels.size()));
  auto config = config_;
  config.net.inputs = static_cast<uint32_t>(features.size() / labels.size());
  config.net.outputs = static_cast<uint32_t>(classes.size());
  auto held_back = config.patience > 0 ? validation_ : 0;
  auto rows =
    order_rows(features, labels, config.net.inputs, held_back, config.seed);
  auto result =
    fit_mlp(config, {rows.features, rows.labels, rows.counts}, threads_);
  if (result.end == training_end::diverged)
    throw std::runtime_error("mlp_classifier: the training diverged at step "
                             + std::to_string(result.diverged_at)
                             + "; try a smaller learning rate");
  layout_.emplace(config.net);
  weights_ = std::move(result.best);
  classes_ = std::move(classes);
  history_ = std::move(result.history);
}

std::vector<float>
mlp_classifier::predict_proba(std::span<const float> features) const {
  constexpr size_t piece = 256;
  if (!fitted())
    refuse("call fit first");
  auto inputs = layout_->config().inputs;
  auto outputs = layout_->config().outputs;
  if (features.size() % inputs != 0)
    refuse(std::to_string(features.size()) + " features are no rows of "
           + std::to_string(inputs));
  auto rows = features.size() / inputs;
  denormals_off no_denormals;
  mlp_workspace work(*layout_);
  std::vector<float> out(rows * outputs);
  for (size_t first = 0; first < rows; first += piece) {
    auto n = std::min(piece, rows - first);
    std::vector<const float*> x;
    for (size_t i = 0; i < n; ++i)
      x.push_back(features.data() + (first + i) * inputs);
    models::predict(*layout_, weights_, x,
                    std::span(out).subspan(first * outputs, n * outputs), work);
  }
  return out;
}

std::vector<int32_t>
mlp_classifier::predict(std::span<const float> features) const {
  auto probabilities = predict_proba(features);
  return most_probable(probabilities, layout_->config().outputs);
}

double mlp_classifier::score(std::span<const float> features,
                             std::span<const int32_t> labels) const {
  auto found = predict(features);
  if (found.size() != labels.size())
    refuse(shape_of(features.size(), labels.size()));
  return accuracy(confusion(labels, found, layout_->config().outputs));
}

double mlp_classifier::score(const dataset& data) const {
  return score(data.features, data.labels);
}

} // namespace models
