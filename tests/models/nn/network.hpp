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
      for (uint32_t o = 0; o < layer.out; ++o)
        params[layer.bias() + o] = 0.1f * extra[layer.bias() + o];
    for (uint32_t i = 0; i < rows; ++i) {
      x.push_back(&features[size_t{i} * config.inputs]);
      labels.push_back(static_cast<int32_t>(i * 7 % config.outputs));
    }
  }

  uint32_t rows() const { return static_cast<uint32_t>(x.size()); }

  models::mlp_trace trace() { return {trace_floats.data(), x.size()}; }

  /// The pass over rows [first, last).
  void backward(uint32_t first, uint32_t last) {
    auto n = last - first;
    models::mlp_rows part{std::span<const float* const>(x).subspan(first, n),
                          std::span<const int32_t>(labels).subspan(first, n),
                          first};
    models::backward(layout, params, part, 1.0f / static_cast<float>(rows()),
                     key, trace(), std::span(losses).subspan(first, n),
                     std::span(hits).subspan(first, n));
  }

  /// The whole gradient, computed in pieces of at most `piece` rows.
  std::vector<float> gradient(uint32_t piece = 48) {
    std::vector<float> block(layout.parameters());
    for (size_t l = 0; l < layout.layers().size(); ++l) {
      auto& layer = layout.layers()[l];
      auto step = std::min(piece, work.max_rows(layer));
      for (uint32_t first = 0; first < layer.rows(); first += step) {
        auto last = std::min(first + step, layer.rows());
        auto part = models::gradient(layout, l, first, last, x, trace(), work);
        std::copy(part.begin(), part.end(),
                  block.begin() + layer.offset + size_t{first} * layer.stride);
      }
    }
    return block;
  }

  models::mlp_layout layout;
  std::vector<float> params;
  std::vector<float> features;
  std::vector<const float*> x;
  std::vector<int32_t> labels;
  std::vector<float> trace_floats;
  std::vector<float> losses;
  std::vector<uint32_t> hits;
  models::mlp_workspace work;
  models::dropout_key key = models::make_dropout_key(5, 2, 3);
};

} // namespace nn_test
