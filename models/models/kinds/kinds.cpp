#include <models/clustering/gmm_kind.hpp>
#include <models/clustering/hclust_kind.hpp>
#include <models/clustering/kmeans_kind.hpp>
#include <models/core/error.hpp>
#include <models/kinds/kind.hpp>
#include <models/nn/mlp_kind.hpp>
#include <models/projection/pca_kind.hpp>
#include <models/rl/dqn_kind.hpp>
#include <models/rl/mdp_kind.hpp>
#include <models/rl/tabular_kind.hpp>

#include <algorithm>
#include <array>

namespace models {

std::span<const model_kind> model_kinds() {
  static const std::array kinds{
    mlp_model_kind(), cnn_model_kind(), kmeans_kind(), hclust_kind(),
    gmm_kind(),       pca_kind(),       mdp_kind(),    qlearning_kind(),
    sarsa_kind(),     dqn_kind(),
  };
  return kinds;
}

const model_kind* find_model_kind(std::string_view name) {
  for (auto& x : model_kinds())
    if (x.name == name)
      return &x;
  return nullptr;
}

const model_kind& kind_of(const model_file& model) {
  if (auto* kind = find_model_kind(model.kind))
    return *kind;
  throw data_error("a model of kind '" + model.kind
                   + "', which this build does not know");
}

size_t output_meaning::choose(std::span<const float> outputs) const {
  auto best = label == choice::least
                ? std::min_element(outputs.begin(), outputs.end())
                : std::max_element(outputs.begin(), outputs.end());
  return static_cast<size_t>(best - outputs.begin());
}

} // namespace models
