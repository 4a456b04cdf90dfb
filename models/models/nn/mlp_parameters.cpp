#include <models/data/preparation.hpp>
#include <models/nn/mlp_parameters.hpp>

#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

namespace models::nn {

namespace {

using enum parameter_type;

/// The largest whole number that every JSON reader keeps exactly.
constexpr double largest_seed = 9007199254740991.0;

using rows = std::vector<parameter>;

parameter number(std::string_view name,
                 std::string_view default_json,
                 std::string_view help,
                 double min,
                 double max) {
  return {.name = name,
          .type = real,
          .default_json = default_json,
          .metavar = "F",
          .help = help,
          .min = min,
          .max = max};
}

parameter below(parameter row) {
  row.below_max = true;
  return row;
}

parameter above(parameter row) {
  row.above_min = true;
  return row;
}

parameter whole(std::string_view name,
                std::string_view default_json,
                std::string_view metavar,
                std::string_view help,
                double min,
                double max) {
  return {.name = name,
          .type = integer,
          .default_json = default_json,
          .metavar = metavar,
          .help = help,
          .min = min,
          .max = max};
}

parameter choice(std::string_view name,
                 std::string_view default_json,
                 std::string_view metavar,
                 std::string_view help,
                 std::vector<std::string_view> words) {
  return {.name = name,
          .type = word,
          .default_json = default_json,
          .metavar = metavar,
          .help = help,
          .words = std::move(words)};
}

/// Those that both kinds of networks have.
rows hidden_rows() {
  return {
    choice("activation", R"("relu")", "NAME", "activation of the hidden layers",
           {"relu", "leaky_relu", "gelu", "sigmoid", "tanh"}),
    below(number("dropout", "0", "share of hidden units left out in training",
                 0, 1)),
    choice("task", R"("classification")", "WHAT",
           "what the label is: a class, numbers, or flags of 0 and 1",
           {"classification", "regression", "multilabel"}),
    choice("loss", R"("mse")", "NAME", "of a regression: of each error",
           {"mse", "mae", "huber"}),
    {.name = "batch_norm",
     .type = flag,
     .default_json = "false",
     .metavar = "",
     .help = "normalise hidden layers over each batch"},
  };
}

rows mlp_rows() {
  return {
    {.name = "hidden",
     .type = integers,
     .default_json = "[64]",
     .metavar = "N[,N...]",
     .help = "units of each hidden layer",
     .min = 1,
     .max = 16384,
     .max_items = 16},
  };
}

constexpr std::string_view dense_word = "dense:";
constexpr uint32_t max_dense = 16384;

/// The units of "dense:64", or nothing.
std::optional<uint32_t> dense_units(std::string_view word) {
  uint32_t units = 0;
  auto end = word.data() + word.size();
  if (!word.starts_with(dense_word))
    return std::nullopt;
  auto [stop, error] =
    std::from_chars(word.data() + dense_word.size(), end, units);
  if (error != std::errc{} || stop != end || units < 1 || units > max_dense)
    return std::nullopt;
  return units;
}

bool is_layer(std::string_view word) {
  if (dense_units(word))
    return true;
  try {
    image_layer_from(word);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

rows cnn_rows() {
  return {
    {.name = "layers",
     .type = items,
     .default_json = R"(["conv:8x3","pool:2","conv:16x3","pool:2","dense:64"])",
     .metavar = "LAYER[,LAYER...]",
     .help = "layers before the outputs",
     .max_items = 32,
     .accepts = is_layer,
     .range = "conv:CHANNELSxSIZE, pool:SIZE, average:SIZE or dense:UNITS"},
    {.name = "image",
     .type = integers,
     .default_json = "[0]",
     .metavar = "H,W[,CHANNELS]",
     .help = "shape of a row's image, 0: as the file says (IDX)",
     .min = 0,
     .max = 4096,
     .max_items = 3},
  };
}

/// The layers of `cnn`: those of images, then dense ones.
void set_layers(mlp_config& net, const nlohmann::json& params) {
  for (auto& item : params.at("layers")) {
    auto& word = item.get_ref<const std::string&>();
    if (auto units = dense_units(word))
      net.hidden.push_back(*units);
    else if (net.hidden.empty())
      net.front.push_back(image_layer_from(word));
    else
      throw std::invalid_argument("--layers: " + word
                                  + " after a dense layer; dense layers come "
                                    "last");
  }
  if (net.front.empty())
    throw std::invalid_argument(
      "--layers: no convolution and no pool; use train mlp");
  auto image = params.at("image").get<std::vector<uint32_t>>();
  if (image.size() > 1)
    net.image = {image[0], image[1], image.size() > 2 ? image[2] : 1};
}

rows optimiser_rows() {
  return {
    choice("optimizer", R"("adam")", "NAME", "how a gradient becomes a step",
           {"adam", "adamw", "sgd", "momentum", "nesterov", "rmsprop"}),
    above(number("lr", "0.001", "learning rate", 0, 100)),
    below(number("momentum", "0.9", "of momentum and nesterov", 0, 1)),
    below(number("beta1", "0.9", "of adam and adamw: memory of the gradient", 0,
                 1)),
    below(number("beta2", "0.999", "of adam and adamw: memory of its square", 0,
                 1)),
    below(number("rho", "0.9", "of rmsprop: memory of the square", 0, 1)),
    above(number("epsilon", "1e-8", "of adam, adamw and rmsprop", 0, 1)),
    number("weight_decay", "0.01", "of adamw: share of the rate", 0, 1),
    number("l1", "0", "times the weights' sizes is added to the loss", 0, 1000),
    number("l2", "0", "times half the weights' squares is added to the loss", 0,
           1000),
    number("clip_norm", "0", "greatest length of a gradient, 0 for any", 0,
           1000000),
    number("clip_value", "0", "greatest element of a gradient, 0 for any", 0,
           1000000),
    choice("class_weights", R"("none")", "HOW",
           "balanced: rare classes count more", {"none", "balanced"}),
  };
}

rows schedule_rows() {
  return {
    choice("schedule", R"("constant")", "NAME", "how the learning rate changes",
           {"constant", "step", "cosine", "plateau"}),
    whole("schedule_every", "10", "N",
          "epochs of a step; without improvement for a plateau", 1, 1000000),
    below(above(number("schedule_factor", "0.5",
                       "what step and plateau multiply the rate by", 0, 1))),
    number("schedule_floor", "0", "least share of the rate", 0, 1),
    whole("warm_up", "0", "STEPS", "steps in which the rate grows to its full",
          0, 1000000000),
  };
}

rows run_rows() {
  return {
    whole("batch", "32", "N", "rows in a mini-batch", 1, 65536),
    whole("epochs", "50", "N", "most passes over the training rows", 1,
          1000000),
    whole("patience", "10", "N",
          "epochs without improvement before it stops, 0 for never", 0,
          1000000),
    below(number("test_split", "0.2", "share of the rows held out for the test",
                 0, 1)),
    whole("seed", "0", "N", "where all randomness comes from", 0, largest_seed),
    whole("shards", "8", "N",
          "parts a mini-batch is cut into, whoever computes them", 1, 1024),
    whole("checkpoint_every", "500", "STEPS", "steps between two checkpoints",
          1, 1000000000),
  };
}

rows make_table(rows network) {
  auto table = std::move(network);
  for (auto& more :
       {hidden_rows(), optimiser_rows(), schedule_rows(), run_rows()})
    table.insert(table.end(), more.begin(), more.end());
  for (auto shared : {preparation_parameters(), split_parameters()})
    table.insert(table.end(), shared.begin(), shared.end());
  return table;
}

optimizer_config optimizer_of(const nlohmann::json& params) {
  auto real_of = [&](const char* name) { return params.at(name).get<float>(); };
  optimizer_config opt;
  opt.rule = optimizer_from(params.at("optimizer").get<std::string>());
  opt.rate = real_of("lr");
  opt.momentum = real_of("momentum");
  opt.beta1 = real_of("beta1");
  opt.beta2 = real_of("beta2");
  opt.rho = real_of("rho");
  opt.epsilon = real_of("epsilon");
  opt.decay = real_of("weight_decay");
  opt.l1 = real_of("l1");
  opt.l2 = real_of("l2");
  return opt;
}

output_kind output_of(const nlohmann::json& params) {
  if (params.at("task") == "classification")
    return output_kind::classes;
  if (params.at("task") == "multilabel")
    return output_kind::flags;
  return params.at("loss") == "mse"   ? output_kind::squared
         : params.at("loss") == "mae" ? output_kind::absolute
                                      : output_kind::huber;
}

schedule_config schedule_of(const nlohmann::json& params) {
  return {schedule_from(params.at("schedule").get<std::string>()),
          params.at("schedule_every").get<uint32_t>(),
          params.at("schedule_factor").get<float>(),
          params.at("schedule_floor").get<float>(),
          params.at("warm_up").get<uint32_t>()};
}

} // namespace

parameter_table mlp_parameters() {
  static const rows table = make_table(mlp_rows());
  return table;
}

parameter_table cnn_parameters() {
  static const rows table = make_table(cnn_rows());
  return table;
}

training_config training_from(const nlohmann::json& params) {
  training_config config;
  if (params.contains("layers"))
    set_layers(config.net, params);
  else
    params.at("hidden").get_to(config.net.hidden);
  config.net.act = activation_from(params.at("activation").get<std::string>());
  params.at("dropout").get_to(config.net.dropout);
  params.at("batch_norm").get_to(config.net.norm);
  config.net.output = output_of(params);
  if (config.net.output != output_kind::classes
      && params.at("class_weights") != "none")
    throw std::invalid_argument("--class-weights is for --task classification");
  config.opt = optimizer_of(params);
  config.schedule = schedule_of(params);
  params.at("clip_norm").get_to(config.clip_norm);
  params.at("clip_value").get_to(config.clip_value);
  params.at("batch").get_to(config.batch);
  params.at("epochs").get_to(config.epochs);
  params.at("patience").get_to(config.patience);
  params.at("seed").get_to(config.seed);
  params.at("shards").get_to(config.shards);
  params.at("checkpoint_every").get_to(config.checkpoint_every);
  return config;
}

} // namespace models::nn
