#include <models/nn/mlp_forward.hpp>
#include <models/nn/mlp_pass.hpp>

#include <algorithm>
#include <cassert>
#include <cstring>

namespace models {

namespace {

using forwarding::packed_depth;

/// Copies columns [first, first + n) of a row; a column past its end, which
/// is that of the biases, is 1.
void pack(const float* row, size_t columns, size_t first, size_t n, float* to) {
  auto copied = std::min(n, columns - first);
  std::memcpy(to, row + first, copied * sizeof(float));
  if (copied < n)
    to[copied] = 1;
}

/// The batch as `gradient` sees it.
struct batch_view {
  const mlp_layout& layout;
  std::span<const float* const> x;
  const mlp_trace& trace;

  /// Inputs of a dense layer for a row.
  const float* input(size_t l, size_t row) const {
    if (l > 0) {
      auto& before = layout.layers()[l - 1];
      return trace.activations(before) + row * before.trace_stride;
    }
    return layout.front().empty()
             ? x[row]
             : trace.front(row).activations(layout.front().back());
  }
};

/// Weights of a dense layer, and its biases if it has no batch normalisation.
void add_products(const batch_view& batch,
                  size_t l,
                  uint32_t first,
                  size_t m,
                  std::span<float> out,
                  mlp_workspace& work) {
  auto& layer = batch.layout.layers()[l];
  auto packed = work.packed();
  const float* columns[64];
  for (size_t i = 0; i < m; ++i)
    columns[i] = packed.data() + i;
  for (size_t k = 0; k < batch.trace.rows; k += packed_depth) {
    auto deep = std::min(packed_depth, batch.trace.rows - k);
    for (size_t i = 0; i < deep; ++i)
      pack(batch.input(l, k + i), layer.in, first, m, &packed[i * m]);
    auto d = batch.trace.deltas(layer) + k * layer.trace_stride;
    kernels::product(m, layer.stride, deep, {columns, m},
                     {d, layer.trace_stride}, nullptr,
                     {out.data(), layer.stride});
  }
}

/// Rows [first, last) of those that batch normalisation adds, counted from the
/// biases.
void copy_statistics(const batch_view& batch,
                     const dense_layer& layer,
                     uint32_t first,
                     uint32_t last,
                     std::span<float> out,
                     norm_statistics& stats) {
  batch_rows z{batch.trace.sums(layer), layer.trace_stride, batch.trace.rows};
  batch_rows flows{batch.trace.flows(layer), layer.trace_stride,
                   batch.trace.rows};
  find_statistics(layer, z, stats);
  find_flows(layer, z, flows, stats);
  auto n = static_cast<float>(batch.trace.rows);
  for (auto& x : stats.variance)
    x *= n > 1 ? n / (n - 1) : 1;
  const std::vector<float>* rows[] = {&stats.flow, &stats.flow_x, &stats.mean,
                                      &stats.variance};
  for (auto i = first; i < last; ++i)
    std::copy_n(rows[i]->begin(), layer.stride,
                out.begin()
                  + static_cast<ptrdiff_t>((i - first) * layer.stride));
}

} // namespace

std::span<const float> gradient(const mlp_layout& layout,
                                size_t which,
                                uint32_t first,
                                uint32_t last,
                                std::span<const float* const> x,
                                const mlp_trace& trace,
                                mlp_workspace& work) {
  auto& group = layout.groups()[which];
  assert(first < last && last <= group.rows);
  size_t m = last - first;
  assert(m <= work.max_rows(group));
  auto out = work.sums().first(m * group.stride);
  std::fill(out.begin(), out.end(), 0.0f);
  auto at = layout.place_of(which);
  if (!at.dense) {
    for (size_t row = 0; row < trace.rows; ++row)
      add_front_gradient(layout, at.index, first, last, x[row],
                         trace.front(row), out, work.front());
    return out;
  }
  auto& layer = layout.layers()[at.index];
  batch_view batch{layout, x, trace};
  if (!layer.norm) {
    add_products(batch, at.index, first, m, out, work);
    return out;
  }
  if (first < layer.in)
    add_products(batch, at.index, first, std::min(last, layer.in) - first, out,
                 work);
  if (last > layer.in) {
    auto from = std::max(first, layer.in);
    copy_statistics(batch, layer, from - layer.in, last - layer.in,
                    out.subspan(size_t{from - first} * layer.stride),
                    work.statistics());
  }
  return out;
}

} // namespace models
