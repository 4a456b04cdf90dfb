#include <models/nn/mlp_pass.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <tests/models/nn/network.hpp>

using namespace models;
using nn_test::batch;

namespace {

double act(activation a, double z) {
  if (a == activation::relu)
    return std::max(z, 0.0);
  return a == activation::tanh ? std::tanh(z) : 1 / (1 + std::exp(-z));
}

/// What dropout multiplies each unit of a layer by.
std::vector<float> mask(const batch& b, uint32_t row, uint32_t layer) {
  std::vector<float> ones(b.layout.layers()[layer].stride, 1.0f);
  auto unused = ones;
  if (b.layout.config().dropout > 0)
    apply_dropout(b.layout.config().dropout, b.key, row, layer, ones, unused);
  return ones;
}

/// The mean loss of the batch in double precision, by the textbook.
double loss(const batch& b, const std::vector<double>& params) {
  double sum = 0;
  auto layers = b.layout.layers();
  for (uint32_t row = 0; row < b.rows(); ++row) {
    std::vector<double> a(b.x[row], b.x[row] + b.layout.config().inputs);
    for (uint32_t l = 0; l < layers.size(); ++l) {
      std::vector<double> z(layers[l].out);
      auto factors = mask(b, row, l);
      for (size_t o = 0; o < z.size(); ++o) {
        z[o] = params[layers[l].bias() + o];
        for (size_t i = 0; i < a.size(); ++i)
          z[o] += a[i] * params[layers[l].offset + i * layers[l].stride + o];
        if (l + 1 < layers.size())
          z[o] =
            act(b.layout.config().act, z[o]) * static_cast<double>(factors[o]);
      }
      a = z;
    }
    double normaliser = 0;
    for (auto z : a)
      normaliser += std::exp(z);
    sum += std::log(normaliser) - a[static_cast<size_t>(b.labels[row])];
  }
  return sum / b.rows();
}

/// Compares every `stride`-th parameter's derivative with a difference.
void check_gradient(batch& b, size_t stride) {
  denormals_off guard;
  b.backward(0, b.rows());
  auto analytic = b.gradient();
  std::vector<double> params(b.params.begin(), b.params.end());
  double greatest = 0;
  for (auto& layer : b.layout.layers())
    for (size_t i = 0; i < size_t{layer.rows()} * layer.stride; i += stride) {
      auto at = layer.offset + i;
      if (i % layer.stride >= layer.out) {
        BOOST_REQUIRE_EQUAL(analytic[at], 0); // padding
        continue;
      }
      auto saved = params[at];
      params[at] = saved + 1e-6;
      auto above = loss(b, params);
      params[at] = saved - 1e-6;
      auto numeric = (above - loss(b, params)) / 2e-6;
      params[at] = saved;
      greatest = std::max(greatest, std::abs(numeric));
      BOOST_REQUIRE_SMALL(static_cast<double>(analytic[at]) - numeric,
                          1e-6 + 1e-4 * std::abs(numeric));
    }
  BOOST_TEST(greatest > 1e-2); // the comparison was not of zeros
  double sum = 0;
  for (auto x : b.losses)
    sum += static_cast<double>(x);
  BOOST_CHECK_CLOSE(sum / b.rows(), loss(b, params), 1e-3);
}

constexpr activation activations[] = {activation::relu, activation::sigmoid,
                                      activation::tanh};

} // namespace

BOOST_AUTO_TEST_SUITE(gradients)

BOOST_AUTO_TEST_CASE(equal_the_finite_differences_for_every_activation) {
  for (auto a : activations)
    for (auto rate : {0.0f, 0.3f}) {
      BOOST_TEST_CONTEXT("activation " << int(a) << ", dropout " << rate) {
        batch b({5, {7, 20}, 3, a, rate}, 9);
        check_gradient(b, 1);
      }
    }
}

BOOST_AUTO_TEST_CASE(hold_for_wide_layers) {
  for (auto a : activations) {
    batch b({70, {130}, 11, a, 0.2f}, 13);
    check_gradient(b, 37);
  }
}

BOOST_AUTO_TEST_CASE(hold_without_a_hidden_layer) {
  batch b({12, {}, 2}, 5);
  check_gradient(b, 1);
}

BOOST_AUTO_TEST_CASE(hold_for_batches_that_are_packed_in_parts) {
  batch b({3, {4}, 2, activation::tanh}, 600);
  check_gradient(b, 1);
}

BOOST_AUTO_TEST_SUITE_END()
