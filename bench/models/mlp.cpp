// mlp train BATCH ROWS THREADS: samples a second of 784-128(ReLU, dropout
// 0.5)-10 with Adam in the second epoch.
// mlp predict: microseconds of one row (median), rows a second of 256 at once.

#include <models/core/random.hpp>
#include <models/nn/denormals.hpp>
#include <models/nn/mlp_pass.hpp>
#include <models/parallel/fit.hpp>

#include <algorithm>
#include <bench/models/parts.hpp>
#include <cstdio>
#include <stdexcept>

namespace bench {

namespace {

constexpr uint32_t inputs = 784;

/// Rows as those of MNIST: four fifths zeros.
std::vector<float> made_up(size_t rows) {
  std::vector<float> x(rows * inputs);
  models::fill_uniform(x, models::make_key(1, 1));
  for (auto& value : x)
    value = value < 0.8f ? 0 : (value - 0.8f) * 5;
  return x;
}

models::training_config network() {
  models::training_config config;
  config.net = {inputs, {128}, 10, models::activation::relu, 0.5f};
  config.epochs = 2;
  config.patience = 0;
  config.checkpoint_every = 0;
  return config;
}

void train(uint32_t batch, uint32_t rows, uint32_t threads) {
  auto x = made_up(rows);
  std::vector<int32_t> labels(rows);
  for (uint32_t i = 0; i < rows; ++i)
    labels[i] = static_cast<int32_t>(i % 10);
  auto config = network();
  config.batch = batch;
  auto begin = std::chrono::steady_clock::now();
  double seconds = 0;
  models::fit_mlp(
    config, {x, labels, {rows, 0, 0}}, threads, [&](const auto&, const auto&) {
      auto now = std::chrono::steady_clock::now();
      seconds = std::chrono::duration<double>(now - begin).count();
      begin = now;
    });
  std::printf("%.1f\n", rows / seconds);
}

void predict() {
  constexpr size_t many = 256;
  models::denormals_off guard;
  models::mlp_layout layout(network().net);
  auto params = models::initial_parameters(layout, 1);
  models::mlp_workspace work(layout);
  auto x = made_up(many);
  std::vector<const float*> rows;
  for (size_t i = 0; i < many; ++i)
    rows.push_back(&x[i * inputs]);
  std::vector<float> p(many * 10);
  std::vector<double> one;
  for (size_t i = 0; i < 20000; ++i)
    one.push_back(milliseconds([&] {
      models::predict(layout, params, {&rows[i % many], 1},
                      std::span(p).first(10), work);
    }));
  std::nth_element(one.begin(), one.begin() + 10000, one.end());
  auto all = milliseconds([&] {
    for (int i = 0; i < 400; ++i)
      models::predict(layout, params, rows, p, work);
  });
  std::printf("%.3f %.1f\n", one[10000] * 1000, 400 * many / all * 1000);
}

} // namespace

void mlp(const std::vector<std::string>& words) {
  auto number = [&](size_t i) {
    return static_cast<uint32_t>(std::stoul(words.at(i)));
  };
  if (words.at(1) == "train")
    train(number(2), number(3), number(4));
  else if (words[1] == "predict")
    predict();
  else
    throw std::invalid_argument("mlp: train or predict");
}

} // namespace bench
