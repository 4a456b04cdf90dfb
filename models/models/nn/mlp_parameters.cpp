#include <models/data/preparation.hpp>
#include <models/nn/mlp_parameters.hpp>

#include <cstdint>

namespace models::nn {

namespace {

using enum parameter_type;

/// The largest whole number that every JSON reader keeps exactly.
constexpr double largest_seed = 9007199254740991.0;

std::vector<parameter> make_table() {
  std::vector<parameter> table{
    {.name = "hidden",
     .type = integers,
     .default_json = "[64]",
     .metavar = "N[,N...]",
     .help = "units of each hidden layer",
     .min = 1,
     .max = 16384,
     .max_items = 16},
    {.name = "activation",
     .type = word,
     .default_json = R"("relu")",
     .metavar = "NAME",
     .help = "activation of the hidden layers",
     .words = {"relu", "sigmoid", "tanh"}},
    {.name = "dropout",
     .type = real,
     .default_json = "0",
     .metavar = "P",
     .help = "share of hidden units left out in training",
     .min = 0,
     .max = 1,
     .below_max = true},
    {.name = "optimizer",
     .type = word,
     .default_json = R"("adam")",
     .metavar = "NAME",
     .help = "how a gradient becomes a step",
     .words = {"adam", "sgd"}},
    {.name = "lr",
     .type = real,
     .default_json = "0.001",
     .metavar = "F",
     .help = "learning rate",
     .min = 0,
     .max = 100,
     .above_min = true},
    {.name = "batch",
     .type = integer,
     .default_json = "32",
     .metavar = "N",
     .help = "rows in a mini-batch",
     .min = 1,
     .max = 65536},
    {.name = "epochs",
     .type = integer,
     .default_json = "50",
     .metavar = "N",
     .help = "most passes over the training rows",
     .min = 1,
     .max = 1000000},
    {.name = "patience",
     .type = integer,
     .default_json = "10",
     .metavar = "N",
     .help = "epochs without improvement before it stops, 0 for never",
     .min = 0,
     .max = 1000000},
    {.name = "test_split",
     .type = real,
     .default_json = "0.2",
     .metavar = "F",
     .help = "share of the rows held out for the test",
     .min = 0,
     .max = 1,
     .below_max = true},
    {.name = "seed",
     .type = integer,
     .default_json = "0",
     .metavar = "N",
     .help = "where all randomness comes from",
     .min = 0,
     .max = largest_seed},
    {.name = "shards",
     .type = integer,
     .default_json = "8",
     .metavar = "N",
     .help = "parts a mini-batch is cut into, whoever computes them",
     .min = 1,
     .max = 1024},
    {.name = "checkpoint_every",
     .type = integer,
     .default_json = "500",
     .metavar = "STEPS",
     .help = "steps between two checkpoints",
     .min = 1,
     .max = 1000000000},
  };
  auto shared = preparation_parameters();
  table.insert(table.end(), shared.begin(), shared.end());
  return table;
}

} // namespace

parameter_table mlp_parameters() {
  static const std::vector<parameter> table = make_table();
  return table;
}

} // namespace models::nn
