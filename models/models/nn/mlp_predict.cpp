#include <models/nn/mlp_forward.hpp>
#include <models/nn/mlp_pass.hpp>

#include <algorithm>
#include <cassert>

namespace models {

namespace {

using forwarding::forward;
using forwarding::piece_rows;
using kernels::matrix;

/// Sums of the last layer for at most `piece_rows` rows, without dropout.
matrix forward_piece(const mlp_layout& layout,
                     std::span<const float> params,
                     std::span<const float* const> x,
                     mlp_workspace& work) {
  auto layers = layout.layers();
  auto flat = size_t{layers[0].in};
  for (size_t i = 0; i < x.size() && !layout.front().empty(); ++i) {
    front_row row{work.front().row.data(), 1, 0};
    forward_front(layout, params, x[i], row, false, work.front());
    std::copy_n(row.activations(layout.front().back()), flat,
                work.flat().begin() + static_cast<ptrdiff_t>(i * flat));
  }
  matrix before{work.flat().data(), flat};
  for (size_t l = 0; l < layers.size(); ++l) {
    auto& layer = layers[l];
    matrix out{work.rows(l % 2).data(), layer.trace_stride};
    if (l == 0 && layout.front().empty())
      forward(layer, params, x, out);
    else
      forward(layer, params, {before.data, before.stride}, x.size(), out);
    for (size_t i = 0; i < x.size() && l + 1 < layers.size(); ++i) {
      auto row = std::span(out.data + i * out.stride, layer.stride);
      if (layer.norm)
        normalise(layer, params, row.data());
      activate(layout.config().act, row);
    }
    before = out;
  }
  return before;
}

} // namespace

void predict(const mlp_layout& layout,
             std::span<const float> params,
             std::span<const float* const> x,
             std::span<float> probabilities,
             mlp_workspace& work) {
  auto& layer = layout.layers().back();
  assert(probabilities.size() == x.size() * layer.out);
  for (size_t first = 0; first < x.size(); first += piece_rows) {
    auto n = std::min(piece_rows, x.size() - first);
    auto z = forward_piece(layout, params, x.subspan(first, n), work);
    for (size_t i = 0; i < n; ++i) {
      auto row = std::span(z.data + i * z.stride, layer.stride);
      finish_outputs(layout.config().output, row, layer.out);
      std::copy_n(row.begin(), layer.out,
                  probabilities.begin() + (first + i) * layer.out);
    }
  }
}

mlp_score evaluate(const mlp_layout& layout,
                   std::span<const float> params,
                   std::span<const float* const> x,
                   const row_truth& truth,
                   const row_predictions& predicted,
                   mlp_workspace& work) {
  auto& layer = layout.layers().back();
  auto kind = layout.config().output;
  mlp_score score;
  for (size_t first = 0; first < x.size(); first += piece_rows) {
    auto n = std::min(piece_rows, x.size() - first);
    auto z = forward_piece(layout, params, x.subspan(first, n), work);
    for (size_t i = 0; i < n; ++i) {
      auto row = std::span(z.data + i * z.stride, layer.stride);
      auto result = judge_outputs(kind, row, layer.out, truth, first + i);
      score.loss += result.loss;
      score.correct += result.hit;
      if (!predicted.classes.empty())
        predicted.classes[first + i] = static_cast<int32_t>(result.best);
      if (!predicted.outputs.empty())
        std::copy_n(row.begin(), layer.out,
                    predicted.outputs.begin()
                      + static_cast<ptrdiff_t>((first + i) * layer.out));
    }
  }
  return score;
}

} // namespace models
