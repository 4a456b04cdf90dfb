#include <models/rl/state_pipeline.hpp>

#include <algorithm>
#include <numeric>

namespace models {

pipeline state_pipeline(const std::vector<std::string>& states,
                        std::vector<uint32_t>& order) {
  pipeline p;
  p.schema.layout.push_back({"state", column_role::feature});
  auto& column = p.schema.columns.emplace_back();
  column.name = "state";
  p.fill.push_back(0);
  order.clear();
  if (states.size() > most_named_states)
    return p;
  column.kind = column_kind::text;
  order.resize(states.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return states[a] < states[b]; });
  for (auto state : order)
    column.categories.push_back(states[state]);
  return p;
}

pipeline number_pipeline(const std::vector<std::string>& names,
                         const std::vector<float>& scales) {
  pipeline p;
  for (auto& name : names) {
    p.schema.layout.push_back({name, column_role::feature});
    p.schema.columns.emplace_back().name = name;
    p.fill.push_back(0);
  }
  if (!scales.empty()) {
    p.steps.scale = scaling::standard;
    p.shift.assign(names.size(), 0);
    p.divisor = scales;
  }
  return p;
}

} // namespace models
