#include <models/rl/policy_kind.hpp>
#include <models/rl/table_policy.hpp>
#include <models/rl/tabular.hpp>
#include <models/rl/tabular_kind.hpp>
#include <models/rl/tabular_parameters.hpp>

#include <nlohmann/json.hpp>

namespace models {

namespace {

using nlohmann::json;

world_spec spec_of(const kind_input& input) {
  return {input.params.at("environment").get<std::string>(),
          std::string(input.text)};
}

class tabular_run : public kind_run {
public:
  tabular_run(std::string kind, value_rule rule, const kind_input& input)
    : kind_(std::move(kind)),
      config_(learning_config_from(rule, input.params)),
      every_(input.params.at("checkpoint_every")),
      spec_(spec_of(input)),
      world_(make_world(spec_, input.path)),
      algorithm_(config_,
                 states_of(world_),
                 static_cast<uint32_t>(action_names(world_).size()),
                 spec_),
      data_sha256_(input.data_sha256) {}

  round_algorithm& algorithm() override { return algorithm_; }

  kind_progress progress() const override {
    kind_progress p;
    p.epochs = p.steps = static_cast<int64_t>(config_.episodes);
    p.epoch = p.step = static_cast<int64_t>(algorithm_.episodes());
    if (p.step > 0)
      p.point = {p.step, -algorithm_.latest().mean()};
    return p;
  }

  bool checkpoint_due() const override {
    auto round = uint64_t{config_.round_episodes} * config_.learners;
    return algorithm_.episodes() / round % every_ == 0;
  }

  std::optional<std::string> failed() const override {
    if (!algorithm_.diverged())
      return std::nullopt;
    return "diverged after " + std::to_string(algorithm_.episodes())
           + " episodes: values are beyond all numbers; use a discount below "
             "1 or smaller rewards";
  }

  model_file result() const override {
    auto learned = algorithm_.result();
    model_file file;
    file.kind = kind_;
    file.classes = action_names(world_);
    file.seed = config_.seed;
    file.data_sha256 = data_sha256_;
    json params{{"environment", spec_.name}, {"discount", config_.discount}};
    put_table_policy(
      file, {state_names(world_), feature_names(world_), boxes_of(world_)},
      std::move(params), learned.values);
    file.metrics = metrics_of(learned).dump();
    return file;
  }

private:
  static json metrics_of(const learned_values& learned) {
    auto metrics =
      learned.test.episodes > 0 ? measures_of(learned.test) : json::object();
    uint64_t known = 0;
    for (auto n : learned.visits)
      known += n > 0;
    metrics["states"] = learned.states;
    metrics["actions"] = learned.actions;
    metrics["episodes"] = learned.training.episodes;
    metrics["steps"] = learned.training.steps;
    metrics["tried"] =
      static_cast<double>(known) / static_cast<double>(learned.visits.size());
    return metrics;
  }

  std::string kind_;
  learning_config config_;
  uint64_t every_;
  world_spec spec_;
  any_world world_;
  tabular_algorithm algorithm_;
  std::string data_sha256_;
};

model_kind learning_kind() {
  auto kind = policy_kind();
  kind.load = load_table_policy;
  return kind;
}

} // namespace

model_kind qlearning_kind() {
  auto kind = learning_kind();
  kind.name = "qlearning";
  kind.summary = "a policy learned by acting: Q-learning with a table";
  kind.example = "--environment cart-pole --name balance --watch";
  kind.parameters = qlearning_parameters;
  kind.make = [](const kind_input& input) -> std::unique_ptr<kind_run> {
    return std::make_unique<tabular_run>("qlearning", value_rule::q_learning,
                                         input);
  };
  return kind;
}

model_kind sarsa_kind() {
  auto kind = learning_kind();
  kind.name = "sarsa";
  kind.summary = "the same while exploring: SARSA and expected SARSA";
  kind.example = "--environment cliff --discount 1 --name walk --watch";
  kind.parameters = sarsa_parameters;
  kind.make = [](const kind_input& input) -> std::unique_ptr<kind_run> {
    return std::make_unique<tabular_run>("sarsa", value_rule::sarsa, input);
  };
  return kind;
}

} // namespace models
