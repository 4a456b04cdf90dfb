#include <models/nn/mlp_forward.hpp>
#include <models/nn/mlp_pass.hpp>

#include <algorithm>
#include <cassert>

namespace models {

namespace {

using forwarding::forward;
using forwarding::packed_depth;
using forwarding::piece_rows;
using forwarding::weights;
using kernels::const_matrix;
using kernels::matrix;

/// Floats of a piece of a gradient: with what it is made of in the L1 and L2
/// caches.
constexpr size_t piece_floats = 8192;

/// Everything that the passes over some rows of a batch need.
struct batch_pass {
  const mlp_layout& layout;
  std::span<const float> params;
  const mlp_rows& rows;
  const dropout_key& key;
  const mlp_trace& trace;
  mlp_workspace& work;

  size_t size() const { return rows.x.size(); }

  std::span<const dense_layer> layers() const { return layout.layers(); }

  /// These rows in a part of the trace.
  matrix own(float* all, const dense_layer& layer) const {
    return {all + size_t{rows.first} * layer.trace_stride, layer.trace_stride};
  }

  const_matrix own_flat() const {
    auto& stage = layout.front().back();
    return {trace.front(rows.first).activations(stage),
            stage.activation_floats()};
  }

  batch_rows all(const float* data, const dense_layer& layer) const {
    return {data, layer.trace_stride, trace.rows};
  }
};

/// Sums of a layer, from the layer before.
void forward(const batch_pass& pass, size_t l, matrix out) {
  auto& layer = pass.layers()[l];
  if (l > 0) {
    auto& before = pass.layers()[l - 1];
    auto a = pass.own(pass.trace.activations(before), before);
    forward(layer, pass.params, {a.data, a.stride}, pass.size(), out);
  } else if (pass.layout.front().empty()) {
    forward(layer, pass.params, pass.rows.x, out);
  } else {
    forward(layer, pass.params, pass.own_flat(), pass.size(), out);
  }
}

/// Activations of a hidden layer in place of its values, and their slopes: a
/// unit left out has slope zero.
void finish_hidden(const batch_pass& pass, size_t l, matrix a, matrix slopes) {
  auto& layer = pass.layers()[l];
  auto& config = pass.layout.config();
  for (uint32_t i = 0; i < pass.size(); ++i) {
    auto values = std::span(a.data + i * a.stride, layer.stride);
    auto d = std::span(slopes.data + i * slopes.stride, layer.stride);
    activate(config.act, values, d.data());
    std::fill(d.begin() + layer.out, d.end(), 0.0f);
    if (config.dropout > 0)
      apply_dropout(config.dropout, pass.key, pass.rows.first + i,
                    static_cast<uint32_t>(l), values, d);
  }
}

void forward_front(const batch_pass& pass) {
  for (size_t i = 0; i < pass.size(); ++i)
    forward_front(pass.layout, pass.params, pass.rows.x[i],
                  pass.trace.front(pass.rows.first + i), true,
                  pass.work.front());
}

/// From the first dense layer's deltas to those of the convolutions.
void backward_front(const batch_pass& pass) {
  if (pass.layout.front().empty())
    return;
  auto& layer = pass.layers()[0];
  auto& work = pass.work;
  turn_weights(pass.layout, pass.params, work.front());
  auto deltas = pass.own(pass.trace.deltas(layer), layer);
  for (size_t first = 0; first < pass.size(); first += piece_rows) {
    auto n = std::min(piece_rows, pass.size() - first);
    auto flow = work.flat().first(n * layer.in);
    std::fill(flow.begin(), flow.end(), 1.0f);
    kernels::scale_by_transposed_product(
      n, layer.in, layer.stride,
      {deltas.data + first * deltas.stride, deltas.stride},
      weights(layer, pass.params), {flow.data(), layer.in});
    for (size_t i = 0; i < n; ++i)
      backward_front(pass.layout, flow.subspan(i * layer.in, layer.in),
                     pass.trace.front(pass.rows.first + first + i),
                     work.front());
  }
}

/// Multiplies a layer's slopes by what flows back from the layer after it.
void flow_back(const batch_pass& pass, size_t l, matrix slopes) {
  auto& after = pass.layers()[l + 1];
  auto d = pass.own(pass.trace.deltas(after), after);
  kernels::scale_by_transposed_product(pass.size(), after.in, after.stride,
                                       {d.data, d.stride},
                                       weights(after, pass.params), slopes);
}

/// The last layer: its deltas, the loss of each row and whether it was right.
void forward_last(const batch_pass& pass,
                  float scale,
                  std::span<const float> class_weights,
                  std::span<float> losses,
                  std::span<uint32_t> hits) {
  auto& layer = pass.layers().back();
  auto kind = pass.layout.config().output;
  auto& truth = pass.rows.truth;
  auto d = pass.own(pass.trace.deltas(layer), layer);
  forward(pass, pass.layers().size() - 1, d);
  for (size_t i = 0; i < pass.size(); ++i) {
    auto z = std::span(d.data + i * d.stride, layer.stride);
    auto weight = class_weights.empty()
                    ? 1.0f
                    : class_weights[static_cast<size_t>(truth.labels[i])];
    auto result = judge_outputs(kind, z, layer.out, truth, i);
    losses[i] = static_cast<float>(result.loss) * weight;
    hits[i] = result.hit;
    derive_outputs(kind, z, layer.out, truth, i, scale * weight);
  }
}

/// Normalises a layer's sums into its activations.
void normalise_hidden(const batch_pass& pass, size_t l) {
  auto& layer = pass.layers()[l];
  auto& stats = pass.work.statistics();
  find_statistics(layer, pass.all(pass.trace.sums(layer), layer), stats);
  auto z = pass.own(pass.trace.sums(layer), layer);
  auto a = pass.own(pass.trace.activations(layer), layer);
  for (size_t i = 0; i < pass.size(); ++i)
    normalise(layer, pass.params, stats, z.data + i * z.stride,
              a.data + i * a.stride);
  // The slopes wait where the deltas will be: a task that is done anew must
  // find them as they were.
  finish_hidden(pass, l, a, pass.own(pass.trace.deltas(layer), layer));
}

/// From the slopes of a normalised layer to the derivatives by its values.
void flow_back_normalised(const batch_pass& pass, size_t l) {
  auto& layer = pass.layers()[l];
  auto slopes = pass.own(pass.trace.deltas(layer), layer);
  auto flows = pass.own(pass.trace.flows(layer), layer);
  std::copy_n(slopes.data, pass.size() * slopes.stride, flows.data);
  flow_back(pass, l, flows);
}

/// From the derivatives by a layer's normalised values to its deltas.
void denormalise_hidden(const batch_pass& pass, size_t l) {
  auto& layer = pass.layers()[l];
  auto& stats = pass.work.statistics();
  auto z = pass.all(pass.trace.sums(layer), layer);
  find_statistics(layer, z, stats);
  find_flows(layer, z, pass.all(pass.trace.flows(layer), layer), stats);
  auto own_z = pass.own(pass.trace.sums(layer), layer);
  auto flows = pass.own(pass.trace.flows(layer), layer);
  auto deltas = pass.own(pass.trace.deltas(layer), layer);
  for (size_t i = 0; i < pass.size(); ++i)
    denormalise(layer, pass.params, stats, pass.trace.rows,
                own_z.data + i * own_z.stride, flows.data + i * flows.stride,
                deltas.data + i * deltas.stride);
}

} // namespace

mlp_workspace::mlp_workspace(const mlp_layout& layout) : front_(layout) {
  size_t most = 0, sums = 0, units = 0;
  for (auto& group : layout.groups()) {
    most = std::max<size_t>(most, max_rows(group));
    sums = std::max(sums, size_t{max_rows(group)} * group.stride);
  }
  for (auto& layer : layout.layers())
    units = std::max<size_t>(units, layer.norm ? layer.stride : 0);
  packed_.resize(packed_depth * most);
  sums_.resize(sums);
  rows_.resize(2 * piece_rows * layout.widest());
  statistics_.resize(units);
  if (!layout.front().empty())
    flat_.resize(piece_rows * layout.layers()[0].in);
}

uint32_t mlp_workspace::max_rows(const parameter_group& group) {
  auto rows = static_cast<uint32_t>(piece_floats / group.stride / 6 * 6);
  return std::clamp(rows, 6u, 48u);
}

namespace {

/// All of a pass: without batch normalisation no row needs another.
void run_at_once(const batch_pass& pass,
                 float scale,
                 std::span<const float> class_weights,
                 std::span<float> losses,
                 std::span<uint32_t> hits) {
  auto layers = pass.layers();
  forward_front(pass);
  for (size_t l = 0; l + 1 < layers.size(); ++l) {
    auto a = pass.own(pass.trace.activations(layers[l]), layers[l]);
    forward(pass, l, a);
    finish_hidden(pass, l, a,
                  pass.own(pass.trace.deltas(layers[l]), layers[l]));
  }
  forward_last(pass, scale, class_weights, losses, hits);
  for (size_t l = layers.size() - 1; l-- > 0;)
    flow_back(pass, l, pass.own(pass.trace.deltas(layers[l]), layers[l]));
  backward_front(pass);
}

/// A stage of a pass with batch normalisation. Stage l up to the number of
/// hidden layers leaves the sums of layer l, the later ones the deltas of one
/// hidden layer each.
void run_stage(const batch_pass& pass,
               size_t stage,
               float scale,
               std::span<const float> class_weights,
               std::span<float> losses,
               std::span<uint32_t> hits) {
  auto layers = pass.layers();
  auto hidden = layers.size() - 1;
  if (stage == 0)
    forward_front(pass);
  if (stage > 0 && stage <= hidden)
    normalise_hidden(pass, stage - 1);
  if (stage < hidden) {
    forward(pass, stage,
            pass.own(pass.trace.sums(layers[stage]), layers[stage]));
    return;
  }
  if (stage == hidden) {
    forward_last(pass, scale, class_weights, losses, hits);
    if (hidden > 0)
      flow_back_normalised(pass, hidden - 1);
  } else {
    auto l = 2 * hidden - stage;
    denormalise_hidden(pass, l);
    if (l > 0)
      flow_back_normalised(pass, l - 1);
  }
  if (stage < 2 * hidden)
    return;
  if (stage > 0) // the slopes again: see `normalise_hidden`
    forward_front(pass);
  backward_front(pass);
}

} // namespace

void backward(const mlp_layout& layout,
              std::span<const float> params,
              const mlp_rows& rows,
              uint32_t stage,
              float scale,
              std::span<const float> class_weights,
              const dropout_key& key,
              const mlp_trace& trace,
              std::span<float> losses,
              std::span<uint32_t> hits,
              mlp_workspace& work) {
  assert(params.size() == layout.parameters());
  assert(rows.first + rows.x.size() <= trace.rows);
  assert(stage < layout.stages());
  batch_pass pass{layout, params, rows, key, trace, work};
  if (layout.config().norm)
    run_stage(pass, stage, scale, class_weights, losses, hits);
  else
    run_at_once(pass, scale, class_weights, losses, hits);
}

} // namespace models
