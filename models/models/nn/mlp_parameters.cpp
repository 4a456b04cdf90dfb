#include <models/data/preparation.hpp>
#include <models/nn/mlp_parameters.hpp>

#include <cstdint>
#include <nlohmann/json.hpp>

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

rows network_rows() {
  return {
    {.name = "hidden",
     .type = integers,
     .default_json = "[64]",
     .metavar = "N[,N...]",
     .help = "units of each hidden layer",
     .min = 1,
     .max = 16384,
     .max_items = 16},
    choice("activation", R"("relu")", "NAME", "activation of the hidden layers",
           {"relu", "leaky_relu", "gelu", "sigmoid", "tanh"}),
    below(number("dropout", "0", "share of hidden units left out in training",
                 0, 1)),
    {.name = "batch_norm",
     .type = flag,
     .default_json = "false",
     .metavar = "",
     .help = "normalise hidden layers over each batch"},
  };
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
  for (auto& more : {optimiser_rows(), schedule_rows(), run_rows()})
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

schedule_config schedule_of(const nlohmann::json& params) {
  return {schedule_from(params.at("schedule").get<std::string>()),
          params.at("schedule_every").get<uint32_t>(),
          params.at("schedule_factor").get<float>(),
          params.at("schedule_floor").get<float>(),
          params.at("warm_up").get<uint32_t>()};
}

} // namespace

parameter_table mlp_parameters() {
  static const rows table = make_table(network_rows());
  return table;
}

training_config training_from(const nlohmann::json& params) {
  training_config config;
  params.at("hidden").get_to(config.net.hidden);
  config.net.act = activation_from(params.at("activation").get<std::string>());
  params.at("dropout").get_to(config.net.dropout);
  params.at("batch_norm").get_to(config.net.norm);
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
