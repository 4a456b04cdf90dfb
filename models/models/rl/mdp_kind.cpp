#include <models/rl/mdp.hpp>
#include <models/rl/mdp_kind.hpp>
#include <models/rl/table_policy.hpp>

#include <cmath>
#include <nlohmann/json.hpp>

namespace models {

namespace {

using nlohmann::json;
using enum parameter_type;

parameter_table parameters() {
  static const std::vector<parameter> table{
    {.name = "method",
     .type = word,
     .default_json = R"("value-iteration")",
     .metavar = "NAME",
     .help = "how the best policy is found",
     .words = {"value-iteration", "policy-iteration", "modified"}},
    {.name = "tolerance",
     .type = real,
     .default_json = "0.000001",
     .metavar = "F",
     .help = "it ends when no value changes by more in a sweep",
     .min = 0,
     .max = 1,
     .above_min = true},
    {.name = "sweeps",
     .type = integer,
     .default_json = "1000000",
     .metavar = "N",
     .help = "most sweeps over all states",
     .min = 1,
     .max = 1000000000},
    {.name = "inner_sweeps",
     .type = integer,
     .default_json = "20",
     .metavar = "N",
     .help = "sweeps of `modified` between two policies",
     .min = 1,
     .max = 10000},
    {.name = "shards",
     .type = integer,
     .default_json = "0",
     .metavar = "N",
     .help = "parts the states are cut into, 0 for by their number",
     .min = 0,
     .max = 1024},
    {.name = "checkpoint_every",
     .type = integer,
     .default_json = "500",
     .metavar = "ROUNDS",
     .help = "rounds (a sweep or more) between two checkpoints",
     .min = 1,
     .max = 1000000000},
  };
  return table;
}

mdp_config config_of(const json& params) {
  mdp_config c;
  auto method = params.at("method").get<std::string>();
  c.method = method == "modified"           ? mdp_method::modified
             : method == "policy-iteration" ? mdp_method::policy_iteration
                                            : mdp_method::value_iteration;
  c.tolerance = params.at("tolerance");
  c.sweeps = params.at("sweeps");
  c.inner_sweeps = params.at("inner_sweeps");
  c.shards = params.at("shards");
  check(c);
  return c;
}

class mdp_run : public kind_run {
public:
  explicit mdp_run(const kind_input& input)
    : config_(config_of(input.params)),
      every_(input.params.at("checkpoint_every")),
      process_(parse_mdp(input.text, input.path)),
      algorithm_(config_, process_),
      data_sha256_(input.data_sha256) {}

  round_algorithm& algorithm() override { return algorithm_; }

  kind_progress progress() const override {
    kind_progress p;
    p.epochs = p.steps = config_.sweeps;
    p.epoch = p.step = static_cast<int64_t>(algorithm_.sweeps());
    if (p.step > 0)
      p.point = {p.step, algorithm_.residual()};
    return p;
  }

  bool checkpoint_due() const override { return ++rounds_ % every_ == 0; }

  std::optional<std::string> failed() const override {
    if (std::isfinite(algorithm_.residual()))
      return std::nullopt;
    return "diverged after " + std::to_string(algorithm_.sweeps())
           + " sweeps: values are beyond all numbers; use a discount below 1 "
             "or smaller rewards";
  }

  model_file result() const override {
    auto solved = algorithm_.result();
    model_file file;
    file.kind = "mdp";
    file.classes = process_.action_names;
    put_table_policy(file, {process_.state_names, {}, nullptr},
                     {{"discount", process_.discount}},
                     action_values(process_, solved.values));
    file.metrics =
      json{
        {"states", process_.states()},          {"actions", process_.actions()},
        {"iterations", solved.sweeps},          {"policies", solved.policies},
        {"residual", solved.residual},          {"converged", solved.converged},
        {"value_first_state", solved.values[0]}}
        .dump();
    file.data_sha256 = data_sha256_;
    return file;
  }

private:
  mdp_config config_;
  uint64_t every_;
  mdp process_;
  mdp_algorithm algorithm_;
  std::string data_sha256_;
  mutable uint64_t rounds_ = 0;
};

} // namespace

model_kind mdp_kind() {
  model_kind kind;
  kind.name = "mdp";
  kind.summary = "the best policy of a decision process given as a file";
  kind.example = "--data robot.mdp --method modified --name robot --watch";
  kind.data = data_need::text;
  kind.parameters = parameters;
  kind.make = [](const kind_input& input) -> std::unique_ptr<kind_run> {
    return std::make_unique<mdp_run>(input);
  };
  kind.load = [](const model_file& file) -> std::unique_ptr<predictor> {
    return load_table_policy(file);
  };
  kind.outputs = {"values", output_meaning::choice::largest};
  kind.evaluate = [](const model_file&, const dataset&,
                     std::span<const float>) -> json {
    throw std::invalid_argument(
      "a policy of a known process is measured when it is solved: see "
      "`lepton models NAME`");
  };
  return kind;
}

} // namespace models
