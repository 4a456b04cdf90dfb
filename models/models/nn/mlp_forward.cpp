#include <models/nn/mlp_forward.hpp>

#include <algorithm>

namespace models::forwarding {

namespace {

using kernels::const_matrix;
using kernels::matrix;

/// Most rows of a call of `product` whose pointers are on the stack.
constexpr size_t pointers = 256;

} // namespace

void forward(const dense_layer& layer,
             std::span<const float> params,
             std::span<const float* const> x,
             matrix out) {
  if (layer.norm)
    for (size_t i = 0; i < x.size(); ++i)
      std::fill_n(out.data + i * out.stride, layer.stride, 0.0f);
  kernels::product(x.size(), layer.stride, layer.in, {x.data()},
                   weights(layer, params),
                   layer.norm ? nullptr : params.data() + layer.bias(), out);
}

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

} // namespace models::forwarding
