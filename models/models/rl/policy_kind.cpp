#include <models/rl/policy_kind.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace models {

model_kind policy_kind() {
  model_kind kind;
  kind.data = data_need::optional_text;
  kind.outputs = {"values", output_meaning::choice::largest};
  kind.evaluate = [](const model_file&, const dataset&,
                     std::span<const float>) -> nlohmann::json {
    throw std::invalid_argument("a policy is measured in its world, at the "
                                "end of its training: see `lepton models "
                                "NAME`");
  };
  return kind;
}

} // namespace models
