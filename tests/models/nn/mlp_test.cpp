#include <models/nn/mlp.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <tests/models/nn/network.hpp>

using namespace models;
using nn_test::batch;

BOOST_AUTO_TEST_SUITE(mlp)

BOOST_AUTO_TEST_CASE(rows_of_parameters_are_padded_to_cache_lines) {
  mlp_layout layout({784, {128, 20}, 10});
  BOOST_REQUIRE_EQUAL(layout.layers().size(), 3u);
  BOOST_TEST(layout.layers()[0].stride == 128u);
  BOOST_TEST(layout.layers()[1].offset == 785u * 128);
  BOOST_TEST(layout.layers()[1].stride == 32u);
  BOOST_TEST(layout.layers()[2].offset == 785u * 128 + 129 * 32);
  BOOST_TEST(layout.parameters() == 785u * 128 + 129 * 32 + 21 * 16);
  BOOST_TEST(layout.trace_floats() % 16 == 0u);
}

BOOST_AUTO_TEST_CASE(parameters_survive_export_and_import) {
  mlp_layout layout({5, {7}, 3});
  auto block = initial_parameters(layout, 1);
  block[layout.layers()[0].bias() + 6] = 4;
  auto tensors = export_parameters(layout, block, "best.");
  BOOST_REQUIRE_EQUAL(tensors.size(), 4u);
  BOOST_TEST(tensors[0].name == "best.layer0.weight");
  BOOST_TEST((tensors[0].shape == std::vector<size_t>{7, 5}));
  BOOST_TEST(tensors[0].values[2 * 5 + 4] == block[4 * 16 + 2]);
  BOOST_TEST(tensors[1].values[6] == 4);
  BOOST_TEST(import_parameters(layout, tensors, "best.") == block);
}

BOOST_AUTO_TEST_CASE(parameters_of_every_layer_survive_export_and_import) {
  mlp_layout layout({6 * 5,
                     {7},
                     3,
                     activation::relu,
                     0,
                     output_kind::classes,
                     true,
                     {6, 5, 1},
                     {image_layer_from("conv:2x3")}});
  auto block = initial_parameters(layout, 1);
  auto tensors = export_parameters(layout, block);
  std::vector<std::string> names;
  for (auto& t : tensors)
    names.push_back(t.name);
  BOOST_TEST((names
              == std::vector<std::string>{
                "conv0.weight", "conv0.bias", "layer0.weight", "layer0.bias",
                "layer0.norm.weight", "layer0.norm.mean",
                "layer0.norm.variance", "layer1.weight", "layer1.bias"}));
  BOOST_TEST((tensors[0].shape == std::vector<size_t>{2, 3, 3, 1}));
  BOOST_TEST(tensors[0].values[9 + 4] == block[4 * 16 + 1]);
  BOOST_TEST(tensors[6].values[3] == 1);
  BOOST_TEST(import_parameters(layout, tensors) == block);
}

BOOST_AUTO_TEST_CASE(import_refuses_missing_and_misshapen_tensors) {
  mlp_layout layout({5, {7}, 3});
  auto tensors = export_parameters(layout, initial_parameters(layout, 1));
  auto fewer = tensors;
  fewer.pop_back();
  BOOST_CHECK_THROW(import_parameters(layout, fewer), std::invalid_argument);
  tensors[0].shape = {5, 7};
  BOOST_CHECK_THROW(import_parameters(layout, tensors), std::invalid_argument);
  BOOST_CHECK_THROW(export_parameters(layout, std::vector<float>(16)),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(first_weights_are_a_function_of_the_seed) {
  mlp_layout layout({100, {50}, 10});
  auto a = initial_parameters(layout, 1);
  BOOST_TEST(a == initial_parameters(layout, 1));
  BOOST_TEST(a != initial_parameters(layout, 2));
  auto limit = std::sqrt(6.0f / 100);
  double squares = 0;
  for (size_t i = 0; i < 100; ++i)
    for (size_t o = 0; o < 50; ++o) {
      BOOST_REQUIRE_LE(std::abs(a[i * 64 + o]), limit);
      squares += static_cast<double>(a[i * 64 + o] * a[i * 64 + o]);
    }
  BOOST_CHECK_CLOSE(squares / 5000, 2.0 / 100, 10);
}

BOOST_AUTO_TEST_CASE(bad_shapes_are_refused) {
  auto refused = [](mlp_config c) {
    BOOST_CHECK_THROW(mlp_layout{c}, std::invalid_argument);
  };
  refused({0, {4}, 2});
  refused({4, {0}, 2});
  refused({4, {4}, 1});
  refused({4, std::vector<uint32_t>(17, 4), 2});
  refused({4, {65537}, 2});
  refused({4, {4}, 2, activation::relu, 1});
  refused({4, {4}, 2, activation::relu, -0.1f});
  refused({4, {4}, 2, activation::relu, std::nanf("")});
  refused({1u << 20, {65536}, 2});
  auto image = [&](std::string_view layer, image_shape shape, uint32_t inputs) {
    refused({inputs,
             {4},
             2,
             activation::relu,
             0,
             output_kind::classes,
             false,
             shape,
             {image_layer_from(layer)}});
  };
  image("conv:2x3", {3, 3, 1}, 8);
  image("pool:4", {3, 9, 1}, 27);
  image("conv:2x3", {0, 0, 0}, 4);
  mlp_layout{{4, {4}, 1, activation::relu, 0, output_kind::squared}};
  refused({4, {4}, 2, static_cast<activation>(5)});
}

BOOST_AUTO_TEST_CASE(layers_of_images_are_words) {
  for (auto word : {"conv:8x3", "conv:1x1", "pool:2", "average:16"})
    BOOST_TEST(to_string(image_layer_from(word)) == word);
  BOOST_TEST(to_string(image_layer_from("conv:8")) == "conv:8x3");
  for (auto word : {"", "conv", "conv:", "conv:8x", "conv:0x3", "conv:8x2",
                    "conv:8x17", "conv:2000x3", "pool", "pool:1", "pool:17",
                    "pool:2x2", "dense:4", "conv:-1x3", "conv:8x3 "})
    BOOST_CHECK_THROW(image_layer_from(word), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(flags_are_probabilities_of_their_own) {
  batch b({2, {}, 3, activation::relu, 0, output_kind::flags}, 1);
  std::fill(b.params.begin(), b.params.end(), 0.0f);
  b.params[b.layout.layers()[0].bias() + 1] = 1e4f;
  std::vector<float> p(3);
  predict(b.layout, b.params, b.x, p, b.work);
  BOOST_TEST((p == std::vector<float>{0.5f, 1, 0.5f}));
  std::vector<float> truth{1, 0, 0};
  const float* row = truth.data();
  auto score = evaluate(b.layout, b.params, b.x, {{}, {&row, 1}}, {}, b.work);
  BOOST_CHECK_CLOSE(score.loss, (1e4 + 2 * std::log(2)) / 3, 1e-3);
  BOOST_TEST(score.correct == 0u);
}

BOOST_AUTO_TEST_CASE(predictions_use_the_running_statistics) {
  batch b({2, {1}, 1, activation::leaky_relu, 0, output_kind::squared, true},
          1);
  auto& hidden = b.layout.layers()[0];
  auto& last = b.layout.layers()[1];
  std::fill(b.params.begin(), b.params.end(), 0.0f);
  b.params[hidden.offset] = 1;
  b.params[hidden.scale()] = 3;
  b.params[hidden.bias()] = 5;
  b.params[hidden.mean()] = 2;
  b.params[hidden.variance()] = 16;
  b.params[last.offset] = 1;
  std::vector<float> y(1), x{10, 0};
  const float* row = x.data();
  predict(b.layout, b.params, {&row, 1}, y, b.work);
  BOOST_CHECK_CLOSE(y[0], 5 + 3 * (10 - 2) / 4.0f, 1e-3);
}

BOOST_AUTO_TEST_CASE(probabilities_are_stable_for_large_sums) {
  batch b({2, {}, 3}, 1);
  std::fill(b.params.begin(), b.params.end(), 0.0f);
  b.params[b.layout.layers()[0].bias() + 1] = 1e4f;
  std::vector<float> p(3);
  predict(b.layout, b.params, b.x, p, b.work);
  BOOST_TEST(p[1] == 1);
  BOOST_TEST(p[0] < 1e-30f);
  auto score = evaluate(b.layout, b.params, b.x, {b.labels}, {}, b.work);
  BOOST_CHECK_CLOSE(score.loss, 1e4, 1e-3);
  BOOST_TEST(score.correct == 0u);
}

BOOST_AUTO_TEST_CASE(not_a_number_reaches_the_loss) {
  for (auto act : {activation::relu, activation::sigmoid, activation::tanh,
                   activation::leaky_relu, activation::gelu}) {
    batch b({4, {6}, 3, act}, 4);
    b.params[2] = std::nanf(""); // a weight of the first layer
    b.backward(0, 4);
    BOOST_TEST(!std::isfinite(b.losses[0]));
    batch last({4, {6}, 3, act}, 4);
    last.params[last.layout.layers()[1].offset] =
      std::numeric_limits<float>::infinity();
    last.backward(0, 4);
    float sum = 0;
    for (auto x : last.losses)
      sum += x;
    BOOST_TEST(!std::isfinite(sum));
  }
}

BOOST_AUTO_TEST_CASE(evaluation_agrees_with_training_without_dropout) {
  batch b({9, {12}, 4, activation::tanh}, 50);
  b.backward(0, 50);
  std::vector<int32_t> predicted(50);
  auto score =
    evaluate(b.layout, b.params, b.x, {b.labels}, {predicted}, b.work);
  double loss = 0;
  uint32_t hits = 0;
  for (size_t i = 0; i < 50; ++i) {
    loss += static_cast<double>(b.losses[i]);
    hits += b.hits[i];
    BOOST_TEST((predicted[i] == b.labels[i]) == (b.hits[i] == 1));
  }
  BOOST_TEST(score.correct == hits);
  BOOST_CHECK_CLOSE(score.loss, loss, 1e-9);
}

BOOST_AUTO_TEST_SUITE_END()
