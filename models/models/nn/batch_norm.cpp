#include <models/nn/batch_norm.hpp>
#include <models/nn/simd.hpp>

#include <algorithm>

namespace models {

namespace {

using namespace simd;

/// Calls `f(first column)` for each vector of a layer's row.
template <class F>
void for_units(const dense_layer& layer, F f) {
  for (size_t i = 0; i < layer.stride; i += width)
    f(i);
}

} // namespace

void norm_statistics::resize(size_t units) {
  for (auto x : {&mean, &variance, &scale, &flow, &flow_x})
    x->resize(units);
}

void find_statistics(const dense_layer& layer,
                     const batch_rows& z,
                     norm_statistics& out) {
  auto share = all(1 / static_cast<float>(z.rows));
  for_units(layer, [&](size_t i) {
    auto sum = all(0);
    for (size_t row = 0; row < z.rows; ++row)
      sum = padd(sum, load(z.data + row * z.stride + i));
    auto mean = pmul(sum, share);
    sum = all(0);
    for (size_t row = 0; row < z.rows; ++row) {
      auto x = psub(load(z.data + row * z.stride + i), mean);
      sum = pmadd(x, x, sum);
    }
    auto variance = pmul(sum, share);
    pstoreu(&out.mean[i], mean);
    pstoreu(&out.variance[i], variance);
    pstoreu(&out.scale[i],
            pdiv(all(1), simd::sqrt(padd(variance, all(norm_epsilon)))));
  });
}

void find_flows(const dense_layer& layer,
                const batch_rows& z,
                const batch_rows& flow,
                norm_statistics& out) {
  for_units(layer, [&](size_t i) {
    auto mean = load(&out.mean[i]), scale = load(&out.scale[i]);
    auto sum = all(0), sum_x = all(0);
    for (size_t row = 0; row < z.rows; ++row) {
      auto d = load(flow.data + row * flow.stride + i);
      auto x = pmul(psub(load(z.data + row * z.stride + i), mean), scale);
      sum = padd(sum, d);
      sum_x = pmadd(d, x, sum_x);
    }
    pstoreu(&out.flow[i], sum);
    pstoreu(&out.flow_x[i], sum_x);
  });
}

void normalise(const dense_layer& layer,
               std::span<const float> params,
               const norm_statistics& stats,
               const float* z,
               float* y) {
  auto gain = params.data() + layer.scale(),
       shift = params.data() + layer.bias();
  for_units(layer, [&](size_t i) {
    auto x =
      pmul(psub(load(z + i), load(&stats.mean[i])), load(&stats.scale[i]));
    pstoreu(y + i, pmadd(x, load(gain + i), load(shift + i)));
  });
}

void normalise(const dense_layer& layer,
               std::span<const float> params,
               float* z) {
  auto gain = params.data() + layer.scale(),
       shift = params.data() + layer.bias();
  auto mean = params.data() + layer.mean();
  auto variance = params.data() + layer.variance();
  for_units(layer, [&](size_t i) {
    auto deviation = simd::sqrt(padd(load(variance + i), all(norm_epsilon)));
    auto x = pdiv(psub(load(z + i), load(mean + i)), deviation);
    pstoreu(z + i, pmadd(x, load(gain + i), load(shift + i)));
  });
}

void denormalise(const dense_layer& layer,
                 std::span<const float> params,
                 const norm_statistics& stats,
                 size_t rows,
                 const float* z,
                 const float* flow,
                 float* delta) {
  auto gain = params.data() + layer.scale();
  auto share = all(1 / static_cast<float>(rows));
  for_units(layer, [&](size_t i) {
    auto scale = load(&stats.scale[i]);
    auto x = pmul(psub(load(z + i), load(&stats.mean[i])), scale);
    auto common =
      pmul(pmadd(x, load(&stats.flow_x[i]), load(&stats.flow[i])), share);
    auto d = psub(load(flow + i), common);
    pstoreu(delta + i, pmul(pmul(load(gain + i), scale), d));
  });
}

} // namespace models
