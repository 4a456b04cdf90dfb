#include <models/rl/tabular_parameters.hpp>

#include <nlohmann/json.hpp>

namespace models {

namespace {

using enum parameter_type;

std::vector<parameter> learning_rows() {
  return {
    {.name = "environment",
     .type = word,
     .default_json = R"("grid")",
     .metavar = "NAME",
     .help = "the world; grid and process are read from --data",
     .words = world_names()},
    {.name = "episodes",
     .type = integer,
     .default_json = "10000",
     .metavar = "N",
     .help = "episodes of all learners",
     .min = 1,
     .max = 1e12},
    {.name = "discount",
     .type = real,
     .default_json = "0.99",
     .metavar = "F",
     .help = "what a reward is worth one step later",
     .min = 0,
     .max = 1},
    {.name = "rate",
     .type = real,
     .default_json = "0.1",
     .metavar = "F",
     .help = "of learning",
     .min = 0,
     .max = 1,
     .above_min = true},
    {.name = "rate_decay",
     .type = real,
     .default_json = "0",
     .metavar = "F",
     .help = "the n-th time the rate is by 1 + F n less",
     .min = 0,
     .max = 1},
    {.name = "initial",
     .type = real,
     .default_json = "0",
     .metavar = "F",
     .help = "what actions are worth that were never tried",
     .min = -1e9,
     .max = 1e9},
  };
}

std::vector<parameter> exploration_rows() {
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
     .default_json = "0.1",
     .metavar = "F",
     .help = "the same in the end",
     .min = 0,
     .max = 1},
    {.name = "exploration",
     .type = real,
     .default_json = "0.5",
     .metavar = "F",
     .help = "part of the episodes until it is at its end",
     .min = 0,
     .max = 1},
  };
}

std::vector<parameter> running_rows() {
  return {
    {.name = "learners",
     .type = integer,
     .default_json = "4",
     .metavar = "N",
     .help = "tables that are learned side by side and averaged",
     .min = 1,
     .max = 256},
    {.name = "round_episodes",
     .type = integer,
     .default_json = "25",
     .metavar = "N",
     .help = "episodes of a learner between two averages",
     .min = 1,
     .max = 1000000},
    {.name = "step_limit",
     .type = integer,
     .default_json = "0",
     .metavar = "N",
     .help = "steps of an episode, 0 for the world's own limit",
     .min = 0,
     .max = 1000000000},
    {.name = "test_episodes",
     .type = integer,
     .default_json = "1000",
     .metavar = "N",
     .help = "episodes that the learned policy is measured in",
     .min = 0,
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
     .default_json = "200",
     .metavar = "ROUNDS",
     .help = "rounds between two checkpoints",
     .min = 1,
     .max = 1000000000},
  };
}

std::vector<parameter> all_rows() {
  auto rows = learning_rows();
  for (auto& more : {exploration_rows(), running_rows()})
    rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

std::vector<parameter> sarsa_rows() {
  auto rows = all_rows();
  rows.insert(rows.begin() + 1, //
              {.name = "expected",
               .type = flag,
               .default_json = "false",
               .metavar = "",
               .help = "take the mean over the next actions: expected SARSA"});
  return rows;
}

} // namespace

parameter_table qlearning_parameters() {
  static const auto table = all_rows();
  return table;
}

parameter_table sarsa_parameters() {
  static const auto table = sarsa_rows();
  return table;
}

learning_config learning_config_from(value_rule rule,
                                     const nlohmann::json& params) {
  learning_config c;
  c.rule = rule;
  if (params.value("expected", false))
    c.rule = value_rule::expected_sarsa;
  params.at("episodes").get_to(c.episodes);
  params.at("discount").get_to(c.discount);
  params.at("rate").get_to(c.rate);
  params.at("rate_decay").get_to(c.rate_decay);
  params.at("initial").get_to(c.initial);
  params.at("epsilon").get_to(c.epsilon);
  params.at("epsilon_end").get_to(c.epsilon_end);
  params.at("exploration").get_to(c.exploration);
  params.at("learners").get_to(c.learners);
  params.at("round_episodes").get_to(c.round_episodes);
  params.at("step_limit").get_to(c.step_limit);
  params.at("test_episodes").get_to(c.test_episodes);
  params.at("seed").get_to(c.seed);
  check(c);
  return c;
}

} // namespace models
