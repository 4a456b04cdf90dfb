#pragma once

// A network, a batch and its trace in one place, for the tests of `models/nn`.

#include <models/core/random.hpp>
#include <models/nn/denormals.hpp>
#include <models/nn/mlp_pass.hpp>

#include <algorithm>
#include <vector>

namespace nn_test {

/// Random rows and labels, and what `backward` and `gradient` make of them.
struct batch {
  batch(const models::mlp_config& config, uint32_t rows, uint64_t seed = 7)
    : layout(config),
      params(models::initial_parameters(layout, seed)),
      features(size_t{rows} * config.inputs),
      trace_floats(layout.trace_floats() * rows),
      losses(rows),
      hits(rows),
      work(layout) {
    models::fill_normal(features, models::make_key(seed, 99));
    std::vector<float> extra(params.size());
    models::fill_normal(extra, models::make_key(seed, 98));
    for (auto& layer : layout.layers()) // biases that are not zero
      for (uint32_t o = 0; o < layer.out; ++o) {
        params[layer.bias() + o] = 0.1f * extra[layer.bias() + o];
        if (layer.norm)
          params[layer.scale() + o] += 0.2f * extra[layer.scale() + o];
      }
    for (auto& stage : layout.front())
      for (uint32_t o = 0; stage.convolves() && o < stage.out.channels; ++o) {
        auto at = stage.offset + size_t{stage.weights()} * stage.stride + o;
        params[at] = 0.1f * extra[at];
      }
    targets_.resize(size_t{rows} * config.outputs);
    models::fill_normal(targets_, models::make_key(seed, 97));
    if (config.output == models::output_kind::flags)
      for (auto& t : targets_)
        t = t > 0 ? 1 : 0;
    for (uint32_t i = 0; i < rows; ++i) {
      x.push_back(&features[size_t{i} * config.inputs]);
      targets.push_back(&targets_[size_t{i} * config.outputs]);
      labels.push_back(static_cast<int32_t>(i * 7 % config.outputs));
    }
  }

  /// A copy would point into the original.
  batch(const batch&) = delete;

  uint32_t rows() const { return static_cast<uint32_t>(x.size()); }

  models::mlp_trace trace() { return {trace_floats.data(), x.size()}; }

  /// A stage of the pass over rows [first, last).
  void backward(uint32_t first, uint32_t last, uint32_t stage = 0) {
    auto n = last - first;
    models::row_truth truth;
    if (layout.config().output == models::output_kind::classes)
      truth.labels = labels;
    else
      truth.targets = targets;
    models::mlp_rows part{std::span<const float* const>(x).subspan(first, n),
                          truth.part(first, n), first};
    models::backward(layout, params, part, stage,
                     1.0f / static_cast<float>(rows()), weights, key, trace(),
                     std::span(losses).subspan(first, n),
                     std::span(hits).subspan(first, n), work);
  }

  /// All stages, each over parts of at most `cut` rows, `times` times each as
  /// if a worker had died in between.
  void run(uint32_t cut = UINT32_MAX, int times = 1) {
    for (uint32_t stage = 0; stage < layout.stages(); ++stage)
      for (uint32_t first = 0; first < rows(); first += std::min(cut, rows()))
        for (int i = 0; i < times; ++i)
          backward(first, first + std::min(cut, rows() - first), stage);
  }

  /// The whole gradient, computed in pieces of at most `piece` rows.
  std::vector<float> gradient(uint32_t piece = 48) {
    std::vector<float> block(layout.parameters());
    for (size_t g = 0; g < layout.groups().size(); ++g) {
      auto& group = layout.groups()[g];
      auto step = std::min(piece, work.max_rows(group));
      for (uint32_t first = 0; first < group.rows; first += step) {
        auto last = std::min(first + step, group.rows);
        auto part = models::gradient(layout, g, first, last, x, trace(), work);
        std::copy(part.begin(), part.end(),
                  block.begin() + group.offset + size_t{first} * group.stride);
      }
    }
    return block;
  }

  models::mlp_layout layout;
  std::vector<float> params;
  std::vector<float> features;
  std::vector<const float*> x;
  std::vector<int32_t> labels;
  std::vector<const float*> targets;
  std::vector<float> targets_;
  std::vector<float> weights; ///< of the classes
  std::vector<float> trace_floats;
  std::vector<float> losses;
  std::vector<uint32_t> hits;
  models::mlp_workspace work;
  models::dropout_key key = models::make_dropout_key(5, 2, 3);
};

} // namespace nn_test
