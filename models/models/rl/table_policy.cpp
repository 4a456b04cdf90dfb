#include <models/core/error.hpp>
#include <models/rl/state_pipeline.hpp>
#include <models/rl/table_policy.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

namespace models {

namespace {

using nlohmann::json;

[[noreturn]] void refuse() {
  throw data_error("model: not a policy: states, order, boxes or "
                   "action_values are missing or do not fit");
}

std::vector<float> as_floats(const std::vector<double>& values) {
  std::vector<float> result;
  result.reserve(values.size());
  constexpr double least = std::numeric_limits<float>::lowest();
  for (auto x : values)
    result.push_back(static_cast<float>(std::clamp(x, least, -least)));
  return result;
}

std::vector<uint32_t> order_from(const json& order, uint64_t states) {
  if (!order.is_array() || (!order.empty() && order.size() != states))
    refuse();
  std::vector<uint32_t> result;
  for (auto& x : order) {
    if (!x.is_number_unsigned() || x.get<uint64_t>() >= order.size())
      refuse();
    result.push_back(x.get<uint32_t>());
  }
  return result;
}

std::optional<boxes> boxes_from(const json& params, uint64_t states) {
  auto found = params.find("boxes");
  if (found == params.end())
    return std::nullopt;
  try {
    boxes cut(found->get<std::vector<std::vector<float>>>());
    if (cut.count() != states)
      refuse();
    return cut;
  } catch (const json::exception&) {
    refuse();
  } catch (const std::invalid_argument&) {
    refuse();
  }
}

class table_policy : public predictor {
public:
  explicit table_policy(const model_file& file) {
    auto params = json::parse(file.params, nullptr, false);
    if (!params.is_object() || !params["states"].is_number_unsigned())
      refuse();
    states_ = params["states"].get<uint64_t>();
    actions_ = file.classes.size();
    order_ = order_from(params["order"], states_);
    cut_ = boxes_from(params, states_);
    auto found = file.tensors.find("action_values");
    if (found == file.tensors.end() || found->second.type != dtype::f32
        || found->second.shape != std::vector<uint64_t>{states_, actions_})
      refuse();
    auto values = found->second.f32();
    values_.assign(values.begin(), values.end());
  }

  size_t inputs() const override {
    if (cut_)
      return cut_->features();
    return order_.empty() ? 1 : order_.size();
  }

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
    if (cut_)
      return cut_->of(row.data());
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
  std::optional<boxes> cut_;
  std::vector<float> values_;
};

} // namespace

void put_table_policy(model_file& file,
                      const policy_inputs& inputs,
                      json params,
                      const std::vector<double>& values) {
  std::vector<uint32_t> order;
  auto states = values.size() / file.classes.size();
  if (inputs.cut != nullptr) {
    params["boxes"] = inputs.cut->edges();
    file.pipeline = to_json(number_pipeline(inputs.feature_names));
  } else {
    file.pipeline = to_json(state_pipeline(inputs.state_names, order));
  }
  params["states"] = states;
  params["order"] = order;
  file.params = params.dump();
  file.tensors.emplace(
    "action_values",
    make_tensor({states, file.classes.size()}, as_floats(values)));
}

std::unique_ptr<predictor> load_table_policy(const model_file& file) {
  return std::make_unique<table_policy>(file);
}

} // namespace models
