#include <models/core/error.hpp>

#include <boost/test/unit_test.hpp>

#include <formats/hdf5_file.hpp>
#include <formats/keras.hpp>
#include <functional>
#include <tests/formats/networks/sample.hpp>

using namespace formats;
using namespace formats_test;
using models::activation;
using models::output_kind;

namespace {

std::string refusal(std::string_view bytes) {
  try {
    read_keras(bytes, "x.h5");
  } catch (const models::data_error& e) {
    return e.what();
  }
  return "accepted";
}

/// A model of 2 inputs whose layers are `layers`; each Dense has 2 units.
std::string keras(const std::string& layers, float value = 0.5F) {
  hdf5_writer file;
  file.add_text("/", "model_config",
                R"({"class_name": "Sequential", "config": {"name": "s", )"
                R"("layers": [{"class_name": "InputLayer", "config": )"
                R"({"name": "in", "batch_input_shape": [null, 2]}}, )"
                  + layers + "]}}");
  const std::vector<float> kernel{value, 1, -1, 0.25F};
  const std::vector<float> bias{0.5F, -0.5F};
  const std::vector<uint64_t> square{2, 2};
  const std::vector<uint64_t> two{2};
  for (std::string name : {"d1", "d2"}) {
    auto group = "/model_weights/" + name;
    file.add_group(group);
    file.add_texts(group, "weight_names",
                   {name + "/kernel:0", name + "/bias:0"});
    file.add_floats(group + "/" + name + "/kernel:0", square, kernel);
    file.add_floats(group + "/" + name + "/bias:0", two, bias);
  }
  file.add_group("/model_weights/d3");
  file.add_texts("/model_weights/d3", "weight_names", {"kernel:0"});
  file.add_floats("/model_weights/d3/kernel:0", std::vector<uint64_t>{2, 1},
                  std::vector<float>{1, 2});
  return file.bytes();
}

std::string dense(const std::string& name,
                  const std::string& act,
                  const std::string& more = "") {
  return R"({"class_name": "Dense", "config": {"name": ")" + name
         + R"(", "units": 2, "activation": ")" + act + "\"" + more + "}}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(keras_files)

BOOST_AUTO_TEST_CASE(come_back_with_the_same_predictions) {
  for (auto act : {activation::relu, activation::leaky_relu, activation::gelu,
                   activation::sigmoid, activation::tanh})
    for (auto output :
         {output_kind::classes, output_kind::flags, output_kind::squared}) {
      auto model = sample(network(act, output));
      auto again = read_keras(keras_file(model, "m"), "m.h5");
      BOOST_TEST(again.params == model.params);
      BOOST_TEST(again.pipeline == model.pipeline);
      BOOST_TEST(again.classes == model.classes,
                 boost::test_tools::per_element());
      BOOST_TEST(models::weights_sha256(again.tensors)
                 == models::weights_sha256(model.tensors));
    }
}

BOOST_AUTO_TEST_CASE(of_images_come_back) {
  auto model = sample(images());
  auto again = read_keras(keras_file(model, "m"), "m.h5");
  BOOST_TEST(again.kind == "cnn");
  BOOST_TEST(again.params == model.params);
  BOOST_TEST(distance(outputs_of(model), outputs_of(again)) == 0);
}

BOOST_AUTO_TEST_CASE(have_batch_normalisation_in_their_weights) {
  auto model = sample(network(activation::relu, output_kind::classes, true));
  auto again = read_keras(keras_file(model, "m"), "m.h5");
  BOOST_TEST(distance(outputs_of(model), outputs_of(again)) < 1e-6F);
}

BOOST_AUTO_TEST_CASE(of_equal_models_are_equal) {
  auto model = sample(network(activation::relu, output_kind::classes));
  BOOST_TEST(keras_file(model, "m") == keras_file(model, "m"));
}

BOOST_AUTO_TEST_CASE(of_others_get_numbered_columns_and_classes) {
  auto model =
    read_keras(keras(dense("d1", "relu") + "," + dense("d2", "softmax")), "x");
  auto p = models::pipeline_from_json(model.pipeline);
  BOOST_TEST(p.schema.columns[1].name == "column 2");
  BOOST_TEST(!p.schema.named);
  BOOST_TEST((model.classes == std::vector<std::string>{"0", "1"}));
}

BOOST_AUTO_TEST_CASE(with_one_sigmoid_are_of_two_classes) {
  auto model = read_keras(
    keras(R"({"class_name": "Dense", "config": {"name": "d3", "units": 1, )"
          R"("use_bias": false, "activation": "sigmoid"}})"),
    "x");
  BOOST_TEST((model.classes == std::vector<std::string>{"0", "1"}));
  auto net = models::kind_of(model).load(model);
  const std::vector<float> row{0.5F, -1};
  std::vector<float> p(2);
  net->predict(row, 1, p);
  BOOST_TEST(p[1] == 1 / (1 + std::exp(1.5F)),
             boost::test_tools::tolerance(1e-6F));
}

BOOST_AUTO_TEST_CASE(that_do_not_fit_are_refused_by_the_layers_name) {
  auto both = [](const std::string& a, const std::string& b) {
    return refusal(keras(a + "," + b));
  };
  auto last = dense("d2", "softmax");
  BOOST_TEST(both(dense("d1", "linear"), last)
             == "x.h5: layer 'd2' (Dense): layer 'd1' before it has no "
                "activation");
  BOOST_TEST(both(dense("d1", "swish"), last).find("'swish'")
             != std::string::npos);
  BOOST_TEST(both(dense("d9", "relu"), last).find("no group /model_weights/d9")
             != std::string::npos);
  BOOST_TEST(both(dense("d1", "softmax"), last).find("after a softmax")
             != std::string::npos);
  BOOST_TEST(both(R"({"class_name": "LSTM", "config": {"name": "l"}})", last)
               .find("layer 'l' (LSTM): no such layer here")
             != std::string::npos);
  BOOST_TEST(both(R"({"class_name": "Dense", "config": {"name": "d1", )"
                  R"("units": 3, "activation": "relu"}})",
                  last)
               .find("kernel is [2, 2], expected [2, 3]")
             != std::string::npos);
  BOOST_TEST(refusal(keras(dense("d1", "relu"))).find("activated by relu")
             != std::string::npos);
  auto nan = std::numeric_limits<float>::quiet_NaN();
  BOOST_TEST(refusal(keras(dense("d1", "softmax"), nan)).find("not finite")
             != std::string::npos);
  BOOST_TEST(refusal(keras("{}")).starts_with("x.h5: model_config"));
  hdf5_writer weights;
  BOOST_TEST(refusal(weights.bytes()).find("save_weights")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(cut_short_or_altered_do_no_harm) {
  auto bytes =
    keras_file(sample(network(activation::relu, output_kind::classes)), "m");
  for (size_t n : {size_t{0}, size_t{8}, size_t{100}, bytes.size() / 2})
    BOOST_TEST(refusal(bytes.substr(0, n)).starts_with("x.h5: "));
  auto key = models::make_key(5, 5);
  for (uint32_t i = 0; i < 400; ++i) { // the meta data come first
    std::vector<float> u(2);
    models::fill_uniform(u, key, i);
    auto altered = bytes;
    auto at = static_cast<size_t>(u[0] * 4000) % bytes.size();
    altered[at] = static_cast<char>(altered[at] ^ (1 + int(u[1] * 254)));
    refusal(altered); // says no, or is still a model
  }
}

BOOST_AUTO_TEST_SUITE_END()
