#include <models/core/error.hpp>
#include <models/nn/mlp_kind.hpp>
#include <models/rl/dqn.hpp>
#include <models/rl/dqn_kind.hpp>
#include <models/rl/dqn_parameters.hpp>
#include <models/rl/policy_kind.hpp>
#include <models/rl/state_pipeline.hpp>

#include <nlohmann/json.hpp>

namespace models {

namespace {

using nlohmann::json;

std::string network_json(const mlp_config& shape) {
  mlp_params params;
  params.layers = {shape.inputs};
  params.layers.insert(params.layers.end(), shape.hidden.begin(),
                       shape.hidden.end());
  params.layers.push_back(shape.outputs);
  params.activation = to_string(shape.act);
  params.output = to_string(shape.output);
  return to_json(params);
}

class dqn_run : public kind_run {
public:
  explicit dqn_run(const kind_input& input)
    : config_(dqn_config_from(input.params)),
      every_(input.params.at("checkpoint_every")),
      name_(input.params.at("environment")),
      about_(about_control(name_)),
      algorithm_(config_, about_.shape, name_) {
    if (!input.text.empty())
      throw std::invalid_argument("environment " + name_
                                  + " needs no file: leave --data out");
  }

  round_algorithm& algorithm() override { return algorithm_; }

  kind_progress progress() const override {
    kind_progress p;
    p.epochs = p.steps = static_cast<int64_t>(config_.steps);
    p.epoch = p.step = static_cast<int64_t>(algorithm_.steps());
    if (algorithm_.latest().episodes > 0)
      p.point = {p.step, -algorithm_.latest().mean()};
    return p;
  }

  bool checkpoint_due() const override {
    return algorithm_.rounds() % every_ == 0;
  }

  std::optional<std::string> failed() const override {
    if (!algorithm_.diverged())
      return std::nullopt;
    return "diverged after " + std::to_string(algorithm_.steps())
           + " steps: the gradient is beyond all numbers; use a smaller rate "
             "or discount";
  }

  model_file result() const override {
    auto learned = algorithm_.result();
    model_file file;
    file.kind = "dqn";
    file.classes = about_.actions;
    file.seed = config_.seed;
    file.pipeline = to_json(number_pipeline(about_.features, about_.scales));
    file.params = json{{"environment", name_},
                       {"discount", config_.discount},
                       {"network", json::parse(network_json(learned.shape))}}
                    .dump();
    mlp_layout layout(learned.shape);
    for (auto& x : export_parameters(layout, learned.parameters))
      file.tensors.emplace(
        x.name, make_tensor({x.shape.begin(), x.shape.end()}, x.values));
    auto metrics = measures_of(learned.test);
    metrics["episodes"] = learned.training.episodes;
    metrics["steps"] = algorithm_.steps();
    metrics["batches"] = learned.batches;
    file.metrics = metrics.dump();
    return file;
  }

private:
  dqn_config config_;
  uint64_t every_;
  std::string name_;
  control_about about_;
  dqn_algorithm algorithm_;
};

std::unique_ptr<predictor> load(const model_file& file) {
  auto params = json::parse(file.params, nullptr, false);
  auto found = params.is_object() ? params.find("network") : params.end();
  if (found == params.end())
    throw data_error("model: not a policy by a network: network is missing");
  auto network = file;
  network.params = found->dump();
  return find_model_kind("mlp")->load(network);
}

} // namespace

model_kind dqn_kind() {
  auto kind = policy_kind();
  kind.name = "dqn";
  kind.summary = "a policy learned by acting: deep Q-learning";
  kind.example = "--environment cart-pole --name balance --watch";
  kind.parameters = dqn_parameters;
  kind.make = [](const kind_input& input) -> std::unique_ptr<kind_run> {
    return std::make_unique<dqn_run>(input);
  };
  kind.load = load;
  return kind;
}

} // namespace models
