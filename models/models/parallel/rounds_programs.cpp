// The computations that workers of this build know. A new kind adds a line.

#include <models/clustering/gmm.hpp>
#include <models/clustering/hclust.hpp>
#include <models/clustering/kmeans.hpp>
#include <models/parallel/rounds.hpp>
#include <models/projection/pca_rounds.hpp>
#include <models/rl/dqn.hpp>
#include <models/rl/mdp.hpp>
#include <models/rl/tabular.hpp>

#include <array>

namespace models {

const round_program* find_round_program(std::string_view name) {
  static const std::array programs{
    kmeans_program(), hclust_program(),  gmm_program(), pca_program(),
    mdp_program(),    tabular_program(), dqn_program(),
  };
  for (auto& x : programs)
    if (x.name == name)
      return &x;
  return nullptr;
}

} // namespace models
