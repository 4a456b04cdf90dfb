#include <models/nn/kernels.hpp>
#include <models/nn/mlp_pass.hpp>
#include <models/nn/optimizer.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstring>
#include <tests/models/nn/network.hpp>

using namespace models;
using nn_test::batch;

namespace {

bool same(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size()
         && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

std::vector<float> random_floats(size_t n, uint32_t stream) {
  std::vector<float> v(n);
  fill_normal(v, make_key(3, stream));
  return v;
}

const mlp_config shape{33, {40, 24}, 10, activation::sigmoid, 0.25f};
const mlp_config normed{
  33, {40, 24}, 10, activation::gelu, 0.25f, output_kind::classes, true};
const mlp_config flags{33, {40}, 5, activation::tanh, 0, output_kind::flags};
const mlp_config convolving{
  8 * 7 * 2,
  {24},
  10,
  activation::leaky_relu,
  0.25f,
  output_kind::classes,
  true,
  {8, 7, 2},
  {image_layer_from("conv:5x3"), image_layer_from("pool:2"),
   image_layer_from("conv:18x5"), image_layer_from("average:2")}};

} // namespace

BOOST_AUTO_TEST_SUITE(same_bits)

BOOST_AUTO_TEST_CASE(a_product_is_one_chain_of_fused_additions) {
  for (size_t m : {1, 2, 3, 4, 5, 6, 7, 13, 16, 260}) {
    const size_t n = 48, depth = 300;
    auto a = random_floats(m * depth, 1), b = random_floats(depth * n, 2);
    auto start = random_floats(n, 3);
    std::vector<float> c(m * n);
    std::vector<const float*> rows;
    for (size_t i = 0; i < m; ++i)
      rows.push_back(&a[i * depth]);
    kernels::product(m, n, depth, {rows.data()}, {b.data(), n}, start.data(),
                     {c.data(), n});
    for (size_t i = 0; i < m; ++i)
      for (size_t j = 0; j < n; ++j) {
        auto sum = start[j];
        for (size_t k = 0; k < depth; ++k)
          sum = std::fma(a[i * depth + k], b[k * n + j], sum);
        BOOST_REQUIRE_EQUAL(sum, c[i * n + j]);
      }
  }
}

BOOST_AUTO_TEST_CASE(a_pass_does_not_depend_on_how_rows_are_cut) {
  denormals_off guard;
  for (auto& config : {shape, normed, convolving, flags}) {
    batch whole(config, 29);
    whole.run();
    for (uint32_t cut : {1u, 2u, 3u, 5u, 8u, 16u}) {
      batch parts(config, 29);
      parts.run(cut);
      BOOST_TEST(same(whole.losses, parts.losses));
      BOOST_TEST(same(whole.gradient(), parts.gradient()));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_part_of_a_pass_may_be_done_again) {
  denormals_off guard;
  for (auto& config : {shape, normed, convolving}) {
    batch once(config, 29);
    once.run(7);
    batch thrice(config, 29);
    thrice.run(7, 3);
    BOOST_TEST(same(once.losses, thrice.losses));
    BOOST_TEST(same(once.gradient(), thrice.gradient()));
  }
}

BOOST_AUTO_TEST_CASE(a_gradient_does_not_depend_on_how_layers_are_cut) {
  denormals_off guard;
  for (auto& config : {shape, normed, convolving}) {
    batch b(config, 300);
    b.run();
    auto expected = b.gradient();
    for (uint32_t piece : {1u, 2u, 5u, 6u, 7u, 12u, 33u})
      BOOST_TEST(same(expected, b.gradient(piece)));
  }
}

BOOST_AUTO_TEST_CASE(a_pass_does_not_depend_on_alignment) {
  denormals_off guard;
  batch b(shape, 16);
  b.backward(0, 16);
  auto losses = b.losses;
  auto expected = b.gradient();
  for (size_t shift = 1; shift < 16; ++shift) {
    auto moved = [&](const std::vector<float>& v) {
      std::vector<float> result(v.size() + shift);
      std::copy(v.begin(), v.end(), result.begin() + shift);
      return result;
    };
    auto params = moved(b.params), features = moved(b.features);
    auto trace_floats = moved(std::vector<float>(b.trace_floats.size()));
    for (size_t i = 0; i < 16; ++i)
      b.x[i] = &features[shift + i * shape.inputs];
    mlp_trace trace{trace_floats.data() + shift, 16};
    backward(b.layout, std::span(params).subspan(shift), {b.x, {b.labels}, 0},
             0, 1.0f / 16, {}, b.key, trace, b.losses, b.hits, b.work);
    BOOST_TEST(same(losses, b.losses));
    auto part = gradient(b.layout, 0, 0, 6, b.x, trace, b.work);
    BOOST_TEST(same(part, std::span(expected).first(part.size())));
  }
}

BOOST_AUTO_TEST_CASE(an_optimiser_does_not_depend_on_how_it_is_cut) {
  denormals_off guard;
  const size_t n = 320;
  auto w = random_floats(n, 1), m = random_floats(n, 2),
       g = random_floats(n, 4);
  auto v = random_floats(n, 3);
  for (auto& x : v)
    x *= x;
  for (auto rule : {optimizer::sgd, optimizer::momentum, optimizer::nesterov,
                    optimizer::rmsprop, optimizer::adam, optimizer::adamw}) {
    optimizer_config config{rule};
    config.l1 = 0.01f;
    config.l2 = 0.02f;
    std::vector<float> w1(n), m1(n), v1(n), memory(3 * n + 3);
    apply(config, 3, {w, m, v}, g, {w1, m1, v1});
    auto w2 = std::span(memory).subspan(1, n);
    auto m2 = std::span(memory).subspan(n + 2, n);
    auto v2 = std::span(memory).subspan(2 * n + 3, n);
    for (size_t cut : {16, 48, 112}) {
      std::fill(memory.begin(), memory.end(), 0.0f);
      for (size_t i = 0; i < n; i += cut) {
        auto k = std::min(cut, n - i);
        auto part = [&](const std::vector<float>& x) {
          return std::span(x).subspan(i, k);
        };
        apply(config, 3, {part(w), part(m), part(v)}, part(g),
              {w2.subspan(i, k), m2.subspan(i, k), v2.subspan(i, k)});
      }
      BOOST_TEST(same(w1, w2));
      if (rule >= optimizer::adam)
        BOOST_TEST((same(m1, m2) && same(v1, v2)));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_prediction_does_not_depend_on_its_neighbours) {
  denormals_off guard;
  for (auto& config : {shape, normed, convolving, flags}) {
    batch b(config, 70);
    size_t n = config.outputs;
    std::vector<float> all(70 * n), one(n);
    predict(b.layout, b.params, b.x, all, b.work);
    for (size_t i = 0; i < 70; ++i) {
      predict(b.layout, b.params,
              std::span<const float* const>(b.x).subspan(i, 1), one, b.work);
      BOOST_TEST(same(one, std::span(all).subspan(i * n, n)));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
