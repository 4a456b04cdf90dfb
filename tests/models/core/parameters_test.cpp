#include <models/core/parameters.hpp>
#include <models/nn/mlp_parameters.hpp>

#include <boost/test/unit_test.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>

using namespace models;
using nlohmann::json;

namespace {

const parameter& mlp(std::string_view name) {
  return *find_parameter(nn::mlp_parameters(), name);
}

bool accepted(const char* params) {
  return check(nn::mlp_parameters(), json::parse(params)).empty();
}

} // namespace

BOOST_AUTO_TEST_SUITE(parameters)

BOOST_AUTO_TEST_CASE(every_default_is_within_its_own_range) {
  auto all = complete(nn::mlp_parameters(), json::object());
  BOOST_TEST(all.size() == nn::mlp_parameters().size());
  BOOST_TEST(check(nn::mlp_parameters(), all).empty());
}

BOOST_AUTO_TEST_CASE(defaults_are_those_of_the_contract) {
  auto all = complete(nn::mlp_parameters(), json());
  BOOST_TEST(all["activation"] == "relu");
  BOOST_TEST(all["dropout"] == 0);
  BOOST_TEST(all["optimizer"] == "adam");
  BOOST_TEST(all["lr"] == 0.001);
  BOOST_TEST(all["batch"] == 32);
  BOOST_TEST(all["epochs"] == 50);
  BOOST_TEST(all["patience"] == 10);
  BOOST_TEST(all["test_split"] == 0.2);
  BOOST_TEST(all["seed"] == 0);
  BOOST_TEST(all["shards"] == 8);
}

BOOST_AUTO_TEST_CASE(limits_are_open_or_closed_as_the_table_says) {
  BOOST_TEST(accepted(R"({"dropout": 0})"));
  BOOST_TEST(!accepted(R"({"dropout": 1})"));
  BOOST_TEST(!accepted(R"({"dropout": -0.1})"));
  BOOST_TEST(!accepted(R"({"lr": 0})"));
  BOOST_TEST(accepted(R"({"lr": 100})"));
  BOOST_TEST(!accepted(R"({"epochs": 0})"));
  BOOST_TEST(accepted(R"({"seed": 9007199254740991})"));
  BOOST_TEST(!accepted(R"({"seed": 18446744073709551615})"));
}

BOOST_AUTO_TEST_CASE(wrong_types_are_refused) {
  BOOST_TEST(!accepted(R"({"epochs": "ten"})"));
  BOOST_TEST(!accepted(R"({"epochs": 1.5})"));
  BOOST_TEST(!accepted(R"({"epochs": true})"));
  BOOST_TEST(!accepted(R"({"hidden": 64})"));
  BOOST_TEST(!accepted(R"({"hidden": []})"));
  BOOST_TEST(!accepted(R"({"hidden": [64, "x"]})"));
  BOOST_TEST(!accepted(R"({"activation": "softplus"})"));
  BOOST_TEST(!accepted(R"([1])"));
}

BOOST_AUTO_TEST_CASE(an_unknown_parameter_is_named_with_the_nearest) {
  auto errors = check(nn::mlp_parameters(), json{{"epoch", 3}});
  BOOST_REQUIRE(errors.size() == 1u);
  BOOST_TEST(errors[0] == "unknown parameter \"epoch\", did you mean epochs?");
}

BOOST_AUTO_TEST_CASE(each_mistake_gets_its_own_message) {
  auto errors = check(nn::mlp_parameters(), json{{"lr", -1}, {"batch", 0}});
  BOOST_REQUIRE(errors.size() == 2u);
  BOOST_TEST(errors[1] == "lr: expected a number, 0 < F <= 100, got -1");
}

BOOST_AUTO_TEST_CASE(text_after_a_flag_is_converted) {
  BOOST_TEST(parse_parameter(mlp("hidden"), "64,32") == json({64, 32}));
  BOOST_TEST(parse_parameter(mlp("lr"), "1e-3") == json(0.001));
  BOOST_TEST(parse_parameter(mlp("test-split"), "0") == json(0.0));
  BOOST_TEST(parse_parameter(mlp("seed"), "7") == json(7));
}

BOOST_AUTO_TEST_CASE(wrong_text_after_a_flag_names_flag_and_range) {
  for (auto text : {"", "x", "5x", "-1", "1e400", "nan", "inf", "0x10", "2,"})
    BOOST_CHECK_THROW(parse_parameter(mlp("epochs"), text),
                      std::invalid_argument);
  for (auto text : {"", ",", "64,", "64,x", "0"})
    BOOST_CHECK_THROW(parse_parameter(mlp("hidden"), text),
                      std::invalid_argument);
  try {
    parse_parameter(mlp("test_split"), "1.5");
    BOOST_TEST(false);
  } catch (const std::invalid_argument& e) {
    BOOST_TEST(e.what()
               == std::string("--test-split: expected a number, "
                              "0 <= F < 1, got \"1.5\""));
  }
}

BOOST_AUTO_TEST_CASE(nearest_is_silent_when_nothing_is_near) {
  std::vector<std::string_view> words{"status", "nodes", "tree"};
  BOOST_TEST(nearest("statsu", words) == "status");
  BOOST_TEST(nearest("xyzzy", words) == "");
  BOOST_TEST(nearest(std::string(100000, 'a'), words) == "");
}

BOOST_AUTO_TEST_CASE(layers_are_words_with_numbers) {
  auto table = nn::cnn_parameters();
  auto row = find_parameter(table, "layers");
  BOOST_REQUIRE(row);
  BOOST_TEST(parse_parameter(*row, "conv:4x5,average:2,dense:10").dump()
             == R"(["conv:4x5","average:2","dense:10"])");
  for (auto bad : {"", "conv:4x4", "dense:0", "dense:", "pool:2,", "dense:4x"})
    BOOST_CHECK_THROW(parse_parameter(*row, bad), std::invalid_argument);
  auto refused = [&](const char* json) {
    return !check(table, nlohmann::json::parse(json)).empty();
  };
  BOOST_TEST(!refused(R"({"layers": ["pool:2"]})"));
  for (auto bad : {R"({"layers": []})", R"({"layers": "pool:2"})",
                   R"({"layers": [3]})", R"({"layers": ["pool:99"]})"})
    BOOST_TEST(refused(bad));
}

BOOST_AUTO_TEST_CASE(layers_make_a_network) {
  auto params = [](const char* json) {
    auto given = nlohmann::json::parse(json);
    return nn::training_from(complete(nn::cnn_parameters(), given));
  };
  auto config = params(R"({"layers": ["conv:4x5", "pool:2", "dense:9"],
                           "image": [6, 8], "batch_norm": true})");
  BOOST_TEST(config.net.front.size() == 2u);
  BOOST_TEST((config.net.hidden == std::vector<uint32_t>{9}));
  BOOST_TEST((config.net.image == image_shape{6, 8, 1}));
  BOOST_TEST(config.net.norm);
  BOOST_CHECK_THROW(params(R"({"layers": ["dense:9", "pool:2"]})"),
                    std::invalid_argument);
  BOOST_CHECK_THROW(params(R"({"layers": ["dense:9"]})"),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
