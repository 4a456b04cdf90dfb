#include <models/rl/dqn_parameters.hpp>

#include <nlohmann/json.hpp>

namespace models {

namespace {

using enum parameter_type;

std::vector<parameter> learning_rows() {
  return {
    {.name = "environment",
     .type = word,
     .default_json = R"("cart-pole")",
     .metavar = "NAME",
     .help = "the world",
     .words = control_names()},
    {.name = "hidden",
     .type = integers,
     .default_json = "[64,64]",
     .metavar = "N,N",
     .help = "units of each hidden layer",
     .min = 1,
     .max = 65536},
    {.name = "steps",
     .type = integer,
     .default_json = "60000",
     .metavar = "N",
     .help = "steps in all worlds",
     .min = 1,
     .max = 1e10},
    {.name = "discount",
     .type = real,
     .default_json = "0.99",
     .metavar = "F",
     .help = "what a reward is worth one step later",
     .min = 0,
     .max = 1},
    {.name = "rate",
     .type = real,
     .default_json = "0.001",
     .metavar = "F",
     .help = "of learning, by Adam",
     .min = 0,
     .max = 1,
     .above_min = true},
    {.name = "batch",
     .type = integer,
     .default_json = "64",
     .metavar = "N",
     .help = "remembered steps that are learned from at once",
     .min = 1,
     .max = 65536},
    {.name = "memory",
     .type = integer,
     .default_json = "50000",
     .metavar = "N",
     .help = "steps that are remembered",
     .min = 1,
     .max = 10000000},
    {.name = "learn_after",
     .type = integer,
     .default_json = "1000",
     .metavar = "N",
     .help = "steps before the first batch",
     .min = 0,
     .max = 10000000},
    {.name = "target_every",
     .type = integer,
     .default_json = "250",
     .metavar = "N",
     .help = "batches between copies of the network that says what follows",
     .min = 1,
     .max = 1000000000},
    {.name = "single",
     .type = flag,
     .default_json = "false",
     .metavar = "",
     .help = "the network that values the next action also chooses it"},
  };
}

std::vector<parameter> running_rows() {
  return {
    {.name = "epsilon",
     .type = real,
     .default_json = "1",
     .metavar = "F",
     .help = "part of actions taken at random, at first",
     .min = 0,
     .max = 1},
    {.name = "epsilon_end",
     .type = real,
     .default_json = "0.05",
     .metavar = "F",
     .help = "the same in the end",
     .min = 0,
     .max = 1},
    {.name = "exploration",
     .type = real,
     .default_json = "0.3",
     .metavar = "F",
     .help = "part of the steps until it is at its end",
     .min = 0,
     .max = 1},
    {.name = "learners",
     .type = integer,
     .default_json = "4",
     .metavar = "N",
     .help = "worlds side by side, and parts of a batch",
     .min = 1,
     .max = 64},
    {.name = "round_steps",
     .type = integer,
     .default_json = "1",
     .metavar = "N",
     .help = "steps of each learner between two batches",
     .min = 1,
     .max = 10000},
    {.name = "step_limit",
     .type = integer,
     .default_json = "0",
     .metavar = "N",
     .help = "steps of an episode, 0 for the world's own limit",
     .min = 0,
     .max = 1000000000},
    {.name = "test_every",
     .type = integer,
     .default_json = "5000",
     .metavar = "N",
     .help = "steps between tests; the best network is kept",
     .min = 1,
     .max = 1e10},
    {.name = "test_episodes",
     .type = integer,
     .default_json = "100",
     .metavar = "N",
     .help = "episodes of a test",
     .min = 1,
     .max = 1000000},
    {.name = "seed",
     .type = integer,
     .default_json = "0",
     .metavar = "N",
     .help = "where all randomness comes from",
     .min = 0,
     .max = 9007199254740991.0},
    {.name = "checkpoint_every",
     .type = integer,
     .default_json = "5000",
     .metavar = "ROUNDS",
     .help = "rounds between two checkpoints",
     .min = 1,
     .max = 1000000000},
  };
}

std::vector<parameter> all_rows() {
  auto rows = learning_rows();
  auto more = running_rows();
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

} // namespace

parameter_table dqn_parameters() {
  static const auto table = all_rows();
  return table;
}

dqn_config dqn_config_from(const nlohmann::json& params) {
  dqn_config c;
  params.at("hidden").get_to(c.hidden);
  params.at("steps").get_to(c.steps);
  params.at("discount").get_to(c.discount);
  params.at("rate").get_to(c.rate);
  params.at("batch").get_to(c.batch);
  params.at("memory").get_to(c.memory);
  params.at("learn_after").get_to(c.learn_after);
  params.at("target_every").get_to(c.target_every);
  params.at("single").get_to(c.single);
  params.at("epsilon").get_to(c.epsilon);
  params.at("epsilon_end").get_to(c.epsilon_end);
  params.at("exploration").get_to(c.exploration);
  params.at("learners").get_to(c.learners);
  params.at("round_steps").get_to(c.round_steps);
  params.at("step_limit").get_to(c.step_limit);
  params.at("test_every").get_to(c.test_every);
  params.at("test_episodes").get_to(c.test_episodes);
  params.at("seed").get_to(c.seed);
  check(c);
  return c;
}

} // namespace models
