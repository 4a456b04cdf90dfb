#include <models/nn/kernels.hpp>
#include <models/nn/mlp_pass.hpp>
#include <models/nn/simd.hpp>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>

namespace models {

namespace {

using kernels::const_matrix;
using kernels::left_rows;
using kernels::matrix;
using namespace simd;

/// Batch rows that `gradient` packs at once.
constexpr size_t packed_depth = 256;

/// Floats of a piece of a gradient: with what it is made of in the L1 and L2
/// caches.
constexpr size_t piece_floats = 8192;

/// Rows that go through a network together in `predict`.
constexpr size_t piece_rows = 32;

/// Most rows of a call of `product` whose pointers are on the stack.
constexpr size_t pointers = 256;

/// Replaces sums by activations. Not-a-number stays what it is, so that a
/// training that diverged shows it.
void activate(activation act, std::span<float> z) {
  switch (act) {
  case activation::relu:
    for (auto& x : z)
      x = x <= 0 ? 0 : x;
    return;
  case activation::sigmoid:
    for (size_t i = 0; i < z.size(); i += width) {
      auto x = load(&z[i]);
      auto e = pexp(psub(all(0), x));
      auto a = pdiv(all(1), padd(all(1), e));
      pstoreu(&z[i], pmadd(x, all(0), a));
    }
    return;
  case activation::tanh:
    for (size_t i = 0; i < z.size(); i += width) {
      auto x = load(&z[i]);
      pstoreu(&z[i], pmadd(x, all(0), Eigen::internal::ptanh(x)));
    }
  }
}

/// The derivatives of the activations by their sums.
void derive(activation act, std::span<const float> a, float* d) {
  switch (act) {
  case activation::relu:
    for (size_t i = 0; i < a.size(); ++i)
      d[i] = a[i] <= 0 ? 0.0f : 1.0f;
    return;
  case activation::sigmoid:
    for (size_t i = 0; i < a.size(); ++i)
      d[i] = a[i] * (1 - a[i]);
    return;
  case activation::tanh:
    for (size_t i = 0; i < a.size(); ++i)
      d[i] = 1 - a[i] * a[i];
  }
}

const_matrix weights(const dense_layer& layer, std::span<const float> params) {
  return {params.data() + layer.offset, layer.stride};
}

/// Sums of a layer for rows given by pointers.
void forward(const dense_layer& layer,
             std::span<const float> params,
             std::span<const float* const> x,
             matrix out) {
  kernels::product(x.size(), layer.stride, layer.in, {x.data()},
                   weights(layer, params), params.data() + layer.bias(), out);
}

/// The same for rows that follow each other.
void forward(const dense_layer& layer,
             std::span<const float> params,
             const_matrix x,
             size_t rows,
             matrix out) {
  const float* x_rows[pointers];
  for (size_t first = 0; first < rows; first += pointers) {
    auto n = std::min(pointers, rows - first);
    for (size_t i = 0; i < n; ++i)
      x_rows[i] = x.data + (first + i) * x.stride;
    forward(layer, params, std::span<const float* const>(x_rows, n),
            {out.data + first * out.stride, out.stride});
  }
}

struct row_result {
  uint32_t best = 0; ///< class of the greatest probability, the first of equal
  float log_sum = 0; ///< log of the sum of exp, or not a number
};

/// Replaces a padded row of sums by probabilities, its padding by zeros.
row_result softmax(std::span<float> z, size_t classes) {
  row_result result;
  float finite = 0;
  for (uint32_t i = 0; i < classes; ++i) {
    finite += z[i] * 0;
    if (z[i] > z[result.best])
      result.best = i;
  }
  auto top = z[result.best];
  for (size_t i = 0; i < z.size(); i += width)
    pstoreu(&z[i], pexp(psub(load(&z[i]), all(top))));
  for (size_t i = classes; i < z.size(); ++i)
    z[i] = 0;
  auto sums = all(finite);
  for (size_t i = 0; i < z.size(); i += width)
    sums = padd(sums, load(&z[i]));
  auto sum = Eigen::internal::predux(sums);
  for (size_t i = 0; i < z.size(); i += width)
    pstoreu(&z[i], pdiv(load(&z[i]), all(sum)));
  auto log_sum = Eigen::internal::pfirst(plog(all(sum)));
  result.log_sum = std::isfinite(sum) ? top + log_sum
                                      : std::numeric_limits<float>::quiet_NaN();
  return result;
}

/// Forward pass of hidden layers, which also leaves the derivatives where the
/// deltas will be: a unit left out has derivative zero.
void forward_hidden(const mlp_layout& layout,
                    std::span<const float> params,
                    const mlp_rows& rows,
                    const dropout_key& key,
                    const mlp_trace& trace) {
  auto& config = layout.config();
  auto layers = layout.layers();
  for (uint32_t l = 0; l + 1 < layers.size(); ++l) {
    auto& layer = layers[l];
    auto first = size_t{rows.first} * layer.trace_stride;
    auto a = matrix{trace.activations(layer) + first, layer.trace_stride};
    auto d = trace.deltas(layer) + first;
    if (l == 0)
      forward(layer, params, rows.x, a);
    else
      forward(layer, params,
              {trace.activations(layers[l - 1])
                 + size_t{rows.first} * layers[l - 1].trace_stride,
               layers[l - 1].trace_stride},
              rows.x.size(), a);
    for (uint32_t i = 0; i < rows.x.size(); ++i) {
      auto offset = size_t{i} * layer.trace_stride;
      auto values = std::span(a.data + offset, layer.stride);
      auto slopes = std::span(d + offset, layer.stride);
      activate(config.act, values);
      derive(config.act, values, slopes.data());
      std::fill(slopes.begin() + layer.out, slopes.end(), 0.0f);
      if (config.dropout > 0)
        apply_dropout(config.dropout, key, rows.first + i, l, values, slopes);
    }
  }
}

/// The last layer: its deltas, the loss of each row and whether it was right.
void forward_last(const mlp_layout& layout,
                  std::span<const float> params,
                  const mlp_rows& rows,
                  float scale,
                  const mlp_trace& trace,
                  std::span<float> losses,
                  std::span<uint32_t> hits) {
  auto layers = layout.layers();
  auto& layer = layers.back();
  auto d = matrix{trace.deltas(layer) + size_t{rows.first} * layer.trace_stride,
                  layer.trace_stride};
  if (layers.size() == 1) {
    forward(layer, params, rows.x, d);
  } else {
    auto& before = layers[layers.size() - 2];
    forward(
      layer, params,
      {trace.activations(before) + size_t{rows.first} * before.trace_stride,
       before.trace_stride},
      rows.x.size(), d);
  }
  for (size_t i = 0; i < rows.x.size(); ++i) {
    auto z = std::span(d.data + i * d.stride, layer.stride);
    auto label = static_cast<uint32_t>(rows.labels[i]);
    auto own = z[label];
    auto result = softmax(z, layer.out);
    losses[i] = result.log_sum - own;
    hits[i] = result.best == label;
    z[label] -= 1;
    for (auto& x : z)
      x *= scale;
  }
}

/// Sums of the last layer for at most `piece_rows` rows, without dropout.
matrix forward_piece(const mlp_layout& layout,
                     std::span<const float> params,
                     std::span<const float* const> x,
                     mlp_workspace& work) {
  auto layers = layout.layers();
  matrix before{nullptr, 0};
  for (size_t l = 0; l < layers.size(); ++l) {
    matrix out{work.rows(l % 2).data(), layers[l].trace_stride};
    if (l == 0)
      forward(layers[l], params, x, out);
    else
      forward(layers[l], params, {before.data, before.stride}, x.size(), out);
    if (l + 1 < layers.size())
      for (size_t i = 0; i < x.size(); ++i)
        activate(layout.config().act,
                 std::span(out.data + i * out.stride, layers[l].stride));
    before = out;
  }
  return before;
}

/// Copies columns [first, first + n) of a row; a column past its end, which
/// is that of the biases, is 1.
void pack(const float* row, size_t columns, size_t first, size_t n, float* to) {
  auto copied = std::min(n, columns - first);
  std::memcpy(to, row + first, copied * sizeof(float));
  if (copied < n)
    to[copied] = 1;
}

} // namespace

mlp_workspace::mlp_workspace(const mlp_layout& layout) {
  size_t most = 0;
  size_t sums = 0;
  for (auto& layer : layout.layers()) {
    most = std::max<size_t>(most, max_rows(layer));
    sums = std::max(sums, size_t{max_rows(layer)} * layer.stride);
  }
  packed_.resize(packed_depth * most);
  sums_.resize(sums);
  rows_.resize(2 * piece_rows * layout.widest());
}

uint32_t mlp_workspace::max_rows(const dense_layer& layer) const {
  auto rows = static_cast<uint32_t>(piece_floats / layer.stride / 6 * 6);
  return std::clamp(rows, 6u, 48u);
}

void backward(const mlp_layout& layout,
              std::span<const float> params,
              const mlp_rows& rows,
              float scale,
              const dropout_key& key,
              const mlp_trace& trace,
              std::span<float> losses,
              std::span<uint32_t> hits) {
  assert(params.size() == layout.parameters());
  assert(rows.first + rows.x.size() <= trace.rows);
  forward_hidden(layout, params, rows, key, trace);
  forward_last(layout, params, rows, scale, trace, losses, hits);
  auto layers = layout.layers();
  for (size_t l = layers.size() - 1; l > 0; --l) {
    auto& layer = layers[l];
    auto& before = layers[l - 1];
    auto d = trace.deltas(layer) + size_t{rows.first} * layer.trace_stride;
    auto c = trace.deltas(before) + size_t{rows.first} * before.trace_stride;
    kernels::scale_by_transposed_product(
      rows.x.size(), layer.in, layer.stride, {d, layer.trace_stride},
      weights(layer, params), {c, before.trace_stride});
  }
}

std::span<const float> gradient(const mlp_layout& layout,
                                size_t which,
                                uint32_t first,
                                uint32_t last,
                                std::span<const float* const> x,
                                const mlp_trace& trace,
                                mlp_workspace& work) {
  auto& layer = layout.layers()[which];
  assert(first < last && last <= layer.rows());
  size_t m = last - first;
  assert(m <= work.max_rows(layer));
  auto out = work.sums().first(m * layer.stride);
  std::fill(out.begin(), out.end(), 0.0f);
  const dense_layer* before = which > 0 ? &layout.layers()[which - 1] : nullptr;
  auto packed = work.packed();
  const float* columns[64];
  for (size_t i = 0; i < m; ++i)
    columns[i] = packed.data() + i;
  for (size_t k = 0; k < trace.rows; k += packed_depth) {
    auto deep = std::min(packed_depth, trace.rows - k);
    for (size_t i = 0; i < deep; ++i)
      pack(before ? trace.activations(*before) + (k + i) * before->trace_stride
                  : x[k + i],
           layer.in, first, m, &packed[i * m]);
    auto d = trace.deltas(layer) + k * layer.trace_stride;
    kernels::product(m, layer.stride, deep, {columns, m},
                     {d, layer.trace_stride}, nullptr,
                     {out.data(), layer.stride});
  }
  return out;
}

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
      softmax(row, layer.out);
      std::copy_n(row.begin(), layer.out,
                  probabilities.begin() + (first + i) * layer.out);
    }
  }
}

mlp_score evaluate(const mlp_layout& layout,
                   std::span<const float> params,
                   std::span<const float* const> x,
                   std::span<const int32_t> labels,
                   std::span<int32_t> predicted,
                   mlp_workspace& work) {
  auto& layer = layout.layers().back();
  mlp_score score;
  for (size_t first = 0; first < x.size(); first += piece_rows) {
    auto n = std::min(piece_rows, x.size() - first);
    auto z = forward_piece(layout, params, x.subspan(first, n), work);
    for (size_t i = 0; i < n; ++i) {
      auto row = std::span(z.data + i * z.stride, layer.stride);
      auto label = static_cast<uint32_t>(labels[first + i]);
      auto own = row[label];
      auto result = softmax(row, layer.out);
      score.loss += static_cast<double>(result.log_sum - own);
      score.correct += result.best == label;
      if (!predicted.empty())
        predicted[first + i] = static_cast<int32_t>(result.best);
    }
  }
  return score;
}

} // namespace models
