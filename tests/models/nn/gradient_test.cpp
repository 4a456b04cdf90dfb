#include <models/nn/mlp_pass.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <tests/models/nn/network.hpp>

using namespace models;
using nn_test::batch;

namespace {

double act(activation a, double z) {
  switch (a) {
  case activation::relu:
    return std::max(z, 0.0);
  case activation::leaky_relu:
    return z > 0 ? z : 0.01 * z;
  case activation::tanh:
    return std::tanh(z);
  case activation::gelu:
    return z * 0.5 * (1 + std::erf(z / std::sqrt(2.0)));
  default:
    return 1 / (1 + std::exp(-z));
  }
}

/// What dropout multiplies each unit of a layer by.
std::vector<float> mask(const batch& b, uint32_t row, uint32_t layer) {
  std::vector<float> ones(b.layout.layers()[layer].stride, 1.0f);
  auto unused = ones;
  if (b.layout.config().dropout > 0)
    apply_dropout(b.layout.config().dropout, b.key, row, layer, ones, unused);
  return ones;
}

using numbers = std::vector<double>;

/// A convolution or a pool, pixel by pixel.
numbers pass_stage(const batch& b,
                   const image_stage& stage,
                   const numbers& params,
                   const numbers& in) {
  numbers out(stage.out.floats());
  auto at = [&](int y, int x, size_t c) {
    auto inside =
      y >= 0 && x >= 0 && y < int(stage.in.height) && x < int(stage.in.width);
    return inside
             ? in[(size_t(y) * stage.in.width + size_t(x)) * stage.in.channels
                  + c]
             : 0.0;
  };
  int size = int(stage.layer.size);
  for (int y = 0; y < int(stage.out.height); ++y)
    for (int x = 0; x < int(stage.out.width); ++x)
      for (size_t c = 0; c < stage.out.channels; ++c) {
        double sum = 0, most = -1e300;
        for (int i = 0; i < size; ++i)
          for (int j = 0; j < size; ++j) {
            if (!stage.convolves()) {
              sum += at(y * size + i, x * size + j, c);
              most = std::max(most, at(y * size + i, x * size + j, c));
              continue;
            }
            for (size_t k = 0; k < stage.in.channels; ++k)
              sum += at(y + i - size / 2, x + j - size / 2, k)
                     * params[stage.offset
                              + (size_t(i * size + j) * stage.in.channels + k)
                                  * stage.stride
                              + c];
          }
        auto& result =
          out[(size_t(y) * stage.out.width + size_t(x)) * stage.out.channels
              + c];
        if (stage.convolves())
          result =
            act(b.layout.config().act,
                sum
                  + params[stage.offset + size_t{stage.weights()} * stage.stride
                           + c]);
        else if (stage.layer.kind == image_layer_kind::max_pool)
          result = most;
        else
          result = sum / (size * size);
      }
  return out;
}

/// Normalises each column over the rows.
void normalise_all(std::vector<numbers>& z,
                   const dense_layer& layer,
                   const numbers& params) {
  auto n = static_cast<double>(z.size());
  for (size_t o = 0; o < layer.out; ++o) {
    double mean = 0, square = 0;
    for (auto& row : z)
      mean += row[o] / n;
    for (auto& row : z)
      square += (row[o] - mean) * (row[o] - mean) / n;
    for (auto& row : z)
      row[o] =
        (row[o] - mean) / std::sqrt(square + 1e-5) * params[layer.scale() + o]
        + params[layer.bias() + o];
  }
}

double row_loss(const batch& b, uint32_t row, const numbers& z) {
  auto kind = b.layout.config().output;
  if (kind == output_kind::classes) {
    double normaliser = 0;
    for (auto x : z)
      normaliser += std::exp(x);
    auto label = static_cast<size_t>(b.labels[row]);
    auto loss = std::log(normaliser) - z[label];
    return b.weights.empty() ? loss : loss * double{b.weights[label]};
  }
  double sum = 0;
  for (size_t i = 0; i < z.size(); ++i) {
    auto t = static_cast<double>(b.targets[row][i]);
    auto e = std::abs(z[i] - t);
    if (kind == output_kind::flags)
      sum += std::log(1 + std::exp(z[i])) - t * z[i];
    else if (kind == output_kind::squared)
      sum += e * e;
    else if (kind == output_kind::absolute)
      sum += e;
    else
      sum += e > 1 ? e - 0.5 : e * e / 2;
  }
  return sum / static_cast<double>(z.size());
}

/// The mean loss of the batch in double precision, by the textbook.
double loss(const batch& b, const numbers& params) {
  auto& config = b.layout.config();
  auto layers = b.layout.layers();
  std::vector<numbers> a;
  for (uint32_t row = 0; row < b.rows(); ++row) {
    a.emplace_back(b.x[row], b.x[row] + config.inputs);
    for (auto& stage : b.layout.front())
      a.back() = pass_stage(b, stage, params, a.back());
  }
  for (uint32_t l = 0; l < layers.size(); ++l) {
    auto& layer = layers[l];
    for (auto& row : a) {
      numbers z(layer.out);
      for (size_t o = 0; o < z.size(); ++o) {
        z[o] = layer.norm ? 0 : params[layer.bias() + o];
        for (size_t i = 0; i < row.size(); ++i)
          z[o] += row[i] * params[layer.offset + i * layer.stride + o];
      }
      row = z;
    }
    if (layer.norm)
      normalise_all(a, layer, params);
    for (uint32_t row = 0; row < b.rows() && l + 1 < layers.size(); ++row) {
      auto factors = mask(b, row, l);
      for (size_t o = 0; o < layer.out; ++o)
        a[row][o] =
          act(config.act, a[row][o]) * static_cast<double>(factors[o]);
    }
  }
  double sum = 0;
  for (uint32_t row = 0; row < b.rows(); ++row)
    sum += row_loss(b, row, a[row]);
  return sum / b.rows();
}

/// Compares every `stride`-th parameter's derivative with a difference.
void check_gradient(batch& b, size_t stride, double tolerance = 1e-6) {
  denormals_off guard;
  b.run();
  auto analytic = b.gradient();
  std::vector<double> params(b.params.begin(), b.params.end());
  double greatest = 0;
  for (size_t g = 0; g < b.layout.groups().size(); ++g) {
    auto& group = b.layout.groups()[g];
    auto place = b.layout.place_of(g);
    auto out = place.dense ? b.layout.layers()[place.index].out
                           : b.layout.front()[place.index].out.channels;
    for (size_t i = 0; i < size_t{group.trained} * group.stride; i += stride) {
      auto at = group.offset + i;
      if (i % group.stride >= out) {
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
                          tolerance + 1e-4 * std::abs(numeric));
    }
  }
  BOOST_TEST(greatest > 1e-2); // the comparison was not of zeros
  double sum = 0;
  for (auto x : b.losses)
    sum += static_cast<double>(x);
  BOOST_CHECK_CLOSE(sum / b.rows(), loss(b, params), 1e-3);
}

constexpr activation activations[] = {activation::relu, activation::sigmoid,
                                      activation::tanh, activation::leaky_relu,
                                      activation::gelu};

const std::vector<image_layer> small_front{
  image_layer_from("conv:3x3"), image_layer_from("pool:2"),
  image_layer_from("conv:17x3"), image_layer_from("average:2")};

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

BOOST_AUTO_TEST_CASE(hold_for_every_loss) {
  for (auto kind : {output_kind::flags, output_kind::squared,
                    output_kind::absolute, output_kind::huber})
    BOOST_TEST_CONTEXT("output " << to_string(kind)) {
      batch b({6, {9}, 3, activation::tanh, 0, kind}, 11);
      check_gradient(b, 1);
      batch line({6, {}, 1, activation::tanh, 0, kind}, 11);
      check_gradient(line, 1);
    }
}

BOOST_AUTO_TEST_CASE(hold_with_class_weights) {
  batch b({5, {7}, 3, activation::tanh}, 12);
  b.weights = {0.5f, 2, 1};
  check_gradient(b, 1);
}

BOOST_AUTO_TEST_CASE(hold_with_batch_normalisation) {
  for (auto a : {activation::sigmoid, activation::gelu})
    for (auto rate : {0.0f, 0.3f})
      BOOST_TEST_CONTEXT("activation " << int(a) << ", dropout " << rate) {
        batch b({5, {7, 20}, 3, a, rate, output_kind::classes, true}, 9);
        check_gradient(b, 1, 5e-6);
      }
  batch deep({5, {7, 6, 5}, 2, activation::tanh, 0, output_kind::squared, true},
             40);
  check_gradient(deep, 1, 5e-6);
}

BOOST_AUTO_TEST_CASE(hold_for_convolutions_and_pools) {
  for (auto a : activations)
    BOOST_TEST_CONTEXT("activation " << int(a)) {
      batch b({2 * 9 * 8,
               {6},
               3,
               a,
               0.2f,
               output_kind::classes,
               false,
               {9, 8, 2},
               small_front},
              6);
      check_gradient(b, 1, 2e-6);
    }
}

BOOST_AUTO_TEST_CASE(hold_for_convolutions_before_batch_normalisation) {
  batch b({2 * 9 * 8,
           {6},
           3,
           activation::tanh,
           0,
           output_kind::classes,
           true,
           {9, 8, 2},
           small_front},
          6);
  check_gradient(b, 1, 1e-5);
}

BOOST_AUTO_TEST_CASE(hold_for_a_pool_first_and_wide_kernels) {
  batch b({12 * 12,
           {},
           3,
           activation::sigmoid,
           0,
           output_kind::classes,
           false,
           {12, 12, 1},
           {image_layer_from("average:2"), image_layer_from("conv:4x7"),
            image_layer_from("conv:2x1")}},
          4);
  check_gradient(b, 1, 2e-6);
}

BOOST_AUTO_TEST_SUITE_END()
