#include <models/core/error.hpp>
#include <models/rl/mdp.hpp>
#include <models/rl/mdp_kind.hpp>
#include <models/rl/state_pipeline.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
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

/// The values of actions as floats; where there is no such action the lowest.
std::vector<float> as_floats(const std::vector<double>& values) {
  std::vector<float> result;
  constexpr double least = std::numeric_limits<float>::lowest();
  for (auto x : values)
    result.push_back(static_cast<float>(std::clamp(x, least, -least)));
  return result;
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
    std::vector<uint32_t> order;
    model_file file;
    file.kind = "mdp";
    file.classes = process_.action_names;
    file.pipeline = to_json(state_pipeline(process_.state_names, order));
    file.params = json{
      {"states", process_.states()},
      {"discount", process_.discount},
      {"order",
       order}}.dump();
    file.metrics =
      json{
        {"states", process_.states()},          {"actions", process_.actions()},
        {"iterations", solved.sweeps},          {"policies", solved.policies},
        {"residual", solved.residual},          {"converged", solved.converged},
        {"value_first_state", solved.values[0]}}
        .dump();
    file.data_sha256 = data_sha256_;
    auto values = as_floats(action_values(process_, solved.values));
    file.tensors.emplace(
      "action_values",
      make_tensor({process_.states(), process_.actions()}, values));
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

/// Looks up the values of the actions in a state.
class table_policy : public predictor {
public:
  explicit table_policy(const model_file& file) {
    auto params = json::parse(file.params, nullptr, false);
    auto fail = [] {
      throw data_error("model: not a policy: states, order or action_values "
                       "are missing or do not fit");
    };
    auto& states = params["states"];
    auto& order = params["order"];
    auto found = file.tensors.find("action_values");
    if (!states.is_number_unsigned() || !order.is_array()
        || found == file.tensors.end() || found->second.type != dtype::f32
        || found->second.shape
             != std::vector<uint64_t>{states.get<uint64_t>(),
                                      file.classes.size()}
        || (!order.empty() && order.size() != states.get<uint64_t>()))
      fail();
    for (auto& x : order) {
      if (!x.is_number_unsigned() || x.get<uint64_t>() >= order.size())
        fail();
      order_.push_back(x.get<uint32_t>());
    }
    states_ = states.get<uint64_t>();
    actions_ = file.classes.size();
    auto values = found->second.f32();
    values_.assign(values.begin(), values.end());
  }

  size_t inputs() const override { return order_.empty() ? 1 : order_.size(); }

  size_t outputs() const override { return actions_; }

  void predict(std::span<const float> rows,
               size_t count,
               std::span<float> out) override {
    for (size_t i = 0; i < count; ++i) {
      auto state = state_of(rows.subspan(i * inputs(), inputs()));
      std::copy_n(values_.begin() + static_cast<long>(state * actions_),
                  actions_, out.begin() + static_cast<long>(i * actions_));
    }
  }

private:
  size_t state_of(std::span<const float> row) const {
    if (!order_.empty()) {
      auto word = std::max_element(row.begin(), row.end()) - row.begin();
      return order_[static_cast<size_t>(word)];
    }
    auto x = static_cast<double>(row[0]);
    if (!(x >= 0 && x < static_cast<double>(states_)) || x != std::floor(x))
      throw data_error("state: expected a whole number from 0 to "
                       + std::to_string(states_ - 1));
    return static_cast<size_t>(x);
  }

  size_t states_ = 0;
  size_t actions_ = 0;
  std::vector<uint32_t> order_;
  std::vector<float> values_;
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
    return std::make_unique<table_policy>(file);
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
