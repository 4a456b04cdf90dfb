#include <models/core/error.hpp>
#include <models/io/file.hpp>
#include <models/io/model_file.hpp>
#include <models/io/safetensors.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>
#include <stdexcept>
#include <unistd.h>

using namespace models;

namespace {

namespace fs = std::filesystem;

model_file sample() {
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  model_file model;
  model.kind = "mlp";
  model.params = to_json(mlp_params{{3, 2}, "relu"});
  model.classes = {"no", "ja"};
  model.pipeline = R"({"version":1})";
  model.seed = std::numeric_limits<uint64_t>::max();
  model.metrics = R"({"accuracy":0.5})";
  model.data_sha256 = "00ff";
  model.tensors["layer1/weights"] = make_tensor({2, 3}, values);
  return model;
}

std::string refusal(std::string_view bytes, std::string_view kind = "mlp") {
  try {
    read_model(bytes, kind, "m");
  } catch (const data_error& e) {
    return e.what();
  }
  return "";
}

/// The sample with one field of its metadata changed; "" removes it.
std::string with(const std::string& field, const std::string& value) {
  auto file = read_safetensors(write_model(sample()));
  file.metadata[field] = value;
  if (value.empty())
    file.metadata.erase(field);
  return write_safetensors(views_of(file.tensors), file.metadata);
}

/// A folder of its own, removed at the end.
struct folder {
  fs::path path = fs::temp_directory_path()
                  / ("models_io_tests." + std::to_string(::getpid()));

  folder() { fs::create_directories(path); }

  ~folder() { fs::remove_all(path); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(model_files)

BOOST_AUTO_TEST_CASE(a_model_comes_back_as_it_was) {
  auto model = sample();
  auto read = read_model(write_model(model), "mlp");
  BOOST_TEST(read.kind == model.kind);
  BOOST_TEST(read.params == model.params);
  BOOST_TEST(read.classes == model.classes, boost::test_tools::per_element());
  BOOST_TEST(read.pipeline == model.pipeline);
  BOOST_TEST(read.seed == model.seed);
  BOOST_TEST(read.metrics == model.metrics);
  BOOST_TEST(read.data_sha256 == model.data_sha256);
  BOOST_TEST((read.tensors == model.tensors));
}

BOOST_AUTO_TEST_CASE(metadata_do_not_enter_the_hash_of_the_weights) {
  auto model = sample();
  auto hash = weights_sha256(model.tensors);
  model.seed = 1;
  model.metrics = "{}";
  BOOST_TEST(weights_sha256(read_model(write_model(model), "").tensors)
             == hash);
}

BOOST_AUTO_TEST_CASE(other_kinds_and_versions_are_refused_by_name) {
  auto bytes = write_model(sample());
  BOOST_TEST(refusal(bytes, "kmeans")
             == "m: a model of kind 'mlp' where 'kmeans' is expected");
  BOOST_TEST(refusal(bytes, "") == "");
  BOOST_TEST(refusal(with("lepton.format", "2"))
             == "m: format version '2'; this build reads version 1");
  BOOST_TEST(refusal(write_safetensors({}))
             == "m: not a model of lepton: its metadata have no "
                "lepton.format");
}

BOOST_AUTO_TEST_CASE(damaged_fields_are_refused_by_name) {
  BOOST_TEST(refusal(with("lepton.seed", "-1"))
             == "m: field lepton.seed is not a number: '-1'");
  BOOST_TEST(refusal(with("lepton.seed", "")) == "m: no field lepton.seed");
  BOOST_TEST(refusal(with("lepton.params", "[]"))
             == "m: field lepton.params is not a JSON object");
  BOOST_TEST(refusal(with("lepton.pipeline", "{"))
             == "m: field lepton.pipeline is not a JSON object");
  BOOST_TEST(refusal(with("lepton.classes", "{}"))
             == "m: field lepton.classes is not a JSON array");
  BOOST_TEST(refusal(with("lepton.classes", "[1]"))
             == "m: field lepton.classes holds more than strings");
  BOOST_TEST(refusal(with("lepton.more", "x"))
             == "m: unknown field 'lepton.more'");
}

BOOST_AUTO_TEST_CASE(a_model_that_cannot_be_written_is_refused) {
  auto model = sample();
  model.params = "no";
  BOOST_CHECK_THROW(write_model(model), std::invalid_argument);
  model = sample();
  model.kind = "";
  BOOST_CHECK_THROW(write_model(model), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_tensor_of_another_shape_is_refused_with_both_shapes) {
  auto model = sample();
  BOOST_TEST(tensor_of(model, "layer1/weights", dtype::f32, {2, 3}).f32()[0]
             == 1.f);
  BOOST_CHECK_EXCEPTION(tensor_of(model, "layer1/weights", dtype::f32, {3, 2}),
                        data_error, [](const data_error& e) {
                          return std::string(e.what())
                                 == "model: tensor 'layer1/weights' is "
                                    "F32[2, 3], expected F32[3, 2]";
                        });
  BOOST_CHECK_THROW(tensor_of(model, "other", dtype::f32, {1}), data_error);
}

BOOST_AUTO_TEST_CASE(params_of_an_mlp_are_checked) {
  auto params = mlp_params_from_json(sample().params);
  BOOST_TEST(params.layers == (std::vector<uint32_t>{3, 2}),
             boost::test_tools::per_element());
  BOOST_TEST(params.activation == "relu");
  for (auto bad : {"", "[]", R"({"layers":[1],"activation":"relu"})",
                   R"({"layers":[1,0],"activation":"relu"})",
                   R"({"layers":[1,-2],"activation":"relu"})",
                   R"({"layers":[1,1e9],"activation":"relu"})",
                   R"({"layers":[1,99999999],"activation":"relu"})",
                   R"({"layers":[1,2],"activation":3})",
                   R"({"layers":[1,2],"activation":"relu","more":1})"})
    BOOST_CHECK_THROW(mlp_params_from_json(bad), data_error);
}

BOOST_AUTO_TEST_CASE(a_file_is_replaced_whole) {
  folder f;
  auto path = f.path / "model.safetensors";
  save_file(path, "old");
  auto bytes = write_model(sample());
  save_file(path, bytes);
  BOOST_TEST(read_file(path) == bytes);
  auto count =
    std::distance(fs::directory_iterator(f.path), fs::directory_iterator());
  BOOST_TEST(count == 1); // no temporary file is left
  BOOST_CHECK_THROW(read_file(path, 10), data_error);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_saved_leaves_nothing_behind) {
  folder f;
  auto target = f.path / "taken";
  fs::create_directories(target / "inside");
  BOOST_CHECK_EXCEPTION(save_file(target, "x"), data_error,
                        [&](const data_error& e) {
                          return std::string(e.what()).starts_with(
                            target.string() + ": cannot replace it: ");
                        });
  auto count =
    std::distance(fs::directory_iterator(f.path), fs::directory_iterator());
  BOOST_TEST(count == 1);
  BOOST_CHECK_THROW(save_file(f.path / "none" / "x", "x"), data_error);
  BOOST_CHECK_THROW(read_file(f.path / "none"), data_error);
  BOOST_CHECK_THROW(read_file(f.path), data_error);
}

BOOST_AUTO_TEST_SUITE_END()
