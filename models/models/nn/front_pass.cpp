#include <models/nn/front_pass.hpp>
#include <models/nn/kernels.hpp>
#include <models/nn/simd.hpp>

#include <algorithm>
#include <cassert>
#include <cstring>

namespace models {

namespace {

using namespace simd;

/// Pixels whose patches are laid out at once: they stay in the L1 cache.
constexpr size_t chunk = 32;

/// An image with a border of zeros as wide as the kernel reaches.
struct padded_shape {
  explicit padded_shape(const image_stage& stage)
    : border(stage.layer.size / 2),
      row(size_t{stage.in.width + 2 * border} * stage.in.channels),
      floats(row * (stage.in.height + 2 * border)) {}

  uint32_t border;
  size_t row; ///< floats of a row of pixels
  size_t floats;
};

size_t padded_columns(const image_stage& stage) {
  return round_up(stage.weights(), line);
}

/// Copies n floats and may go on for less than a vector: both sides have room.
void copy_run(float* to, const float* from, size_t n) {
  for (size_t i = 0; i < n; i += width)
    pstoreu(to + i, load(from + i));
}

void pad(const image_stage& stage, const float* x, std::span<float> out) {
  padded_shape shape(stage);
  std::fill_n(out.begin(), shape.floats, 0.0f);
  auto floats = size_t{stage.in.width} * stage.in.channels;
  for (size_t y = 0; y < stage.in.height; ++y)
    std::memcpy(out.data() + (y + shape.border) * shape.row
                  + size_t{shape.border} * stage.in.channels,
                x + y * floats, floats * sizeof(float));
}

/// What the kernel sees at pixels [first, first + n).
void lay_out(const image_stage& stage,
             std::span<const float> padded,
             size_t first,
             size_t n,
             std::span<float> patches) {
  padded_shape shape(stage);
  auto run = size_t{stage.layer.size} * stage.in.channels;
  auto columns = padded_columns(stage);
  for (size_t i = 0; i < n; ++i) {
    auto y = (first + i) / stage.out.width, x = (first + i) % stage.out.width;
    auto from = padded.data() + y * shape.row + x * stage.in.channels;
    auto to = patches.data() + i * columns;
    for (size_t k = 0; k < stage.layer.size; ++k)
      copy_run(to + k * run, from + k * shape.row, run);
  }
}

/// Copies pixels without their padding.
void compact(const image_stage& stage,
             std::span<const float> sums,
             size_t first,
             size_t n,
             float* out) {
  auto channels = stage.out.channels;
  for (size_t i = 0; i < n; ++i)
    std::copy_n(sums.begin() + i * stage.stride, channels,
                out + (first + i) * channels);
}

void convolve(const image_stage& stage,
              activation act,
              std::span<const float> params,
              const float* x,
              float* out,
              float* slopes,
              front_workspace& work) {
  pad(stage, x, work.padded);
  auto weights = params.subspan(stage.offset);
  auto columns = padded_columns(stage);
  const float* rows[chunk];
  for (size_t i = 0; i < chunk; ++i)
    rows[i] = work.patches.data() + i * columns;
  for (size_t first = 0; first < stage.pixels(); first += chunk) {
    auto n = std::min(chunk, stage.pixels() - first);
    lay_out(stage, work.padded, first, n, work.patches);
    auto sums = std::span(work.sums).first(n * stage.stride);
    kernels::product(n, stage.stride, stage.weights(), {rows},
                     {weights.data(), stage.stride},
                     weights.data() + size_t{stage.weights()} * stage.stride,
                     {sums.data(), stage.stride});
    if (slopes)
      activate(act, sums, slopes + first * stage.stride);
    else
      activate(act, sums);
    compact(stage, sums, first, n, out);
  }
}

/// Calls `f(pixel of the output, its window's first pixel)` for each window.
template <class F>
void for_windows(const image_stage& stage, F f) {
  for (size_t y = 0; y < stage.out.height; ++y)
    for (size_t x = 0; x < stage.out.width; ++x)
      f(y * stage.out.width + x,
        (y * stage.in.width + x) * size_t{stage.layer.size});
}

/// The offset of the window's pixel with the greatest value of a channel, the
/// first of equal ones; not-a-number wins.
size_t greatest(const image_stage& stage, const float* window) {
  size_t best = 0;
  for (size_t y = 0; y < stage.layer.size; ++y)
    for (size_t x = 0; x < stage.layer.size; ++x) {
      auto at = (y * stage.in.width + x) * stage.in.channels;
      if (!(window[at] <= window[best]) && window[best] == window[best])
        best = at;
    }
  return best;
}

void pool(const image_stage& stage, const float* in, float* out) {
  auto channels = stage.in.channels;
  auto average = stage.layer.kind == image_layer_kind::average_pool;
  auto share = 1.0f / static_cast<float>(stage.layer.size * stage.layer.size);
  for_windows(stage, [&](size_t pixel, size_t first) {
    for (size_t c = 0; c < channels; ++c) {
      auto window = in + first * channels + c;
      auto& result = out[pixel * channels + c];
      if (!average) {
        result = window[greatest(stage, window)];
        continue;
      }
      float sum = 0;
      for (size_t y = 0; y < stage.layer.size; ++y)
        for (size_t x = 0; x < stage.layer.size; ++x)
          sum += window[(y * stage.in.width + x) * channels];
      result = sum * share;
    }
  });
}

/// Back through a pool.
/// @param in its input
void unpool(const image_stage& stage,
            const float* in,
            std::span<const float> flow,
            std::span<float> before) {
  auto channels = stage.in.channels;
  auto average = stage.layer.kind == image_layer_kind::average_pool;
  auto share = 1.0f / static_cast<float>(stage.layer.size * stage.layer.size);
  std::fill_n(before.begin(), stage.in.floats(), 0.0f);
  for_windows(stage, [&](size_t pixel, size_t first) {
    for (size_t c = 0; c < channels; ++c) {
      auto d = flow[pixel * channels + c];
      auto to = before.data() + first * channels + c;
      if (!average) {
        to[greatest(stage, in + first * channels + c)] = d;
        continue;
      }
      for (size_t y = 0; y < stage.layer.size; ++y)
        for (size_t x = 0; x < stage.layer.size; ++x)
          to[(y * stage.in.width + x) * channels] = d * share;
    }
  });
}

/// The deltas of a convolution: slopes times what flows back.
void complete(const image_stage& stage,
              std::span<const float> flow,
              float* deltas) {
  auto channels = stage.out.channels;
  for (size_t i = 0; i < stage.pixels(); ++i) {
    auto row = deltas + i * stage.stride;
    for (size_t c = 0; c < channels; ++c)
      row[c] *= flow[i * channels + c];
    std::fill(row + channels, row + stage.stride, 0.0f);
  }
}

/// Back through a convolution to its input.
void scatter(const image_stage& stage,
             const float* turned,
             const float* deltas,
             std::span<float> before,
             front_workspace& work) {
  padded_shape shape(stage);
  auto columns = padded_columns(stage);
  auto run = size_t{stage.layer.size} * stage.in.channels;
  std::fill_n(work.padded.begin(), shape.floats, 0.0f);
  const float* rows[chunk];
  for (size_t first = 0; first < stage.pixels(); first += chunk) {
    auto n = std::min(chunk, stage.pixels() - first);
    for (size_t i = 0; i < n; ++i)
      rows[i] = deltas + (first + i) * stage.stride;
    std::fill_n(work.patches.begin(), n * columns, 0.0f);
    kernels::product(n, columns, stage.out.channels, {rows}, {turned, columns},
                     nullptr, {work.patches.data(), columns});
    for (size_t i = 0; i < n; ++i) {
      auto y = (first + i) / stage.out.width, x = (first + i) % stage.out.width;
      auto to = work.padded.data() + y * shape.row + x * stage.in.channels;
      auto from = work.patches.data() + i * columns;
      for (size_t k = 0; k < stage.layer.size; ++k)
        for (size_t j = 0; j < run; ++j)
          to[k * shape.row + j] += from[k * run + j];
    }
  }
  auto floats = size_t{stage.in.width} * stage.in.channels;
  for (size_t y = 0; y < stage.in.height; ++y)
    std::memcpy(before.data() + y * floats,
                work.padded.data() + (y + shape.border) * shape.row
                  + size_t{shape.border} * stage.in.channels,
                floats * sizeof(float));
}

const float* input_of(std::span<const image_stage> stages,
                      size_t stage,
                      const float* x,
                      const front_row& at) {
  return stage == 0 ? x : at.activations(stages[stage - 1]);
}

size_t turned_floats(const image_stage& stage) {
  return stage.convolves() ? stage.out.channels * padded_columns(stage) : 0;
}

} // namespace

front_workspace::front_workspace(const mlp_layout& layout) {
  size_t most_padded = 0, most_patches = 0, most_sums = 0, most_flow = 0;
  size_t all_turned = 0, most_ones = 0, floats = 0;
  for (auto& stage : layout.front()) {
    most_flow = std::max({most_flow, stage.in.floats(), stage.out.floats()});
    floats += stage.activation_floats() + stage.delta_floats();
    if (!stage.convolves())
      continue;
    most_padded = std::max(most_padded, padded_shape(stage).floats);
    most_patches = std::max(most_patches, padded_columns(stage));
    most_sums = std::max<size_t>(most_sums, stage.stride);
    most_ones = std::max(most_ones, size_t{stage.in.width} * stage.in.channels);
    all_turned += turned_floats(stage);
  }
  padded.resize(most_padded + line);
  patches.resize(chunk * most_patches + line);
  sums.resize(chunk * most_sums);
  for (auto& x : flow)
    x.resize(most_flow);
  turned.resize(all_turned);
  ones.assign(most_ones, 1.0f);
  row.resize(floats);
}

void forward_front(const mlp_layout& layout,
                   std::span<const float> params,
                   const float* x,
                   const front_row& at,
                   bool slopes,
                   front_workspace& work) {
  auto stages = layout.front();
  for (size_t i = 0; i < stages.size(); ++i) {
    auto& stage = stages[i];
    auto in = input_of(stages, i, x, at);
    if (stage.convolves())
      convolve(stage, layout.config().act, params, in, at.activations(stage),
               slopes ? at.deltas(stage) : nullptr, work);
    else
      pool(stage, in, at.activations(stage));
  }
}

void turn_weights(const mlp_layout& layout,
                  std::span<const float> params,
                  front_workspace& work) {
  auto to = work.turned.data();
  for (auto& stage : layout.front()) {
    if (!stage.convolves())
      continue;
    auto columns = padded_columns(stage);
    auto weights = params.data() + stage.offset;
    for (size_t i = 0; i < stage.weights(); ++i)
      for (size_t c = 0; c < stage.out.channels; ++c)
        to[c * columns + i] = weights[i * stage.stride + c];
    to += turned_floats(stage);
  }
}

void backward_front(const mlp_layout& layout,
                    std::span<const float> flow,
                    const front_row& at,
                    front_workspace& work) {
  auto stages = layout.front();
  auto turned = work.turned.data() + work.turned.size();
  auto now = flow;
  for (size_t i = stages.size(); i-- > 0;) {
    auto& stage = stages[i];
    std::span<float> before = work.flow[i % 2];
    turned -= turned_floats(stage);
    if (stage.convolves())
      complete(stage, now, at.deltas(stage));
    // Nobody asks for the derivatives by the image itself.
    if (i == 0)
      return;
    if (stage.convolves())
      scatter(stage, turned, at.deltas(stage), before, work);
    else
      unpool(stage, at.activations(stages[i - 1]), now, before);
    now = before;
  }
}

void add_front_gradient(const mlp_layout& layout,
                        size_t which,
                        uint32_t first,
                        uint32_t last,
                        const float* x,
                        const front_row& at,
                        std::span<float> out,
                        front_workspace& work) {
  auto stages = layout.front();
  auto& stage = stages[which];
  padded_shape shape(stage);
  assert(stage.convolves() && last <= stage.weights() + 1);
  pad(stage, input_of(stages, which, x, at), work.padded);
  auto channels = stage.in.channels;
  auto run = stage.layer.size * channels;
  size_t m = last - first;
  const float* columns[64];
  assert(m <= std::size(columns));
  for (size_t y = 0; y < stage.out.height; ++y) {
    for (size_t i = 0; i < m; ++i) {
      auto k = first + i;
      columns[i] = k == stage.weights()
                     ? work.ones.data()
                     : work.padded.data() + (y + k / run) * shape.row + k % run;
    }
    auto wide = stage.out.width;
    kernels::product(m, stage.stride, wide, {columns, channels},
                     {at.deltas(stage) + y * wide * stage.stride, stage.stride},
                     nullptr, {out.data(), stage.stride});
  }
}

} // namespace models
