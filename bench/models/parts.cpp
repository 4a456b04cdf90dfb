#include <bench/models/parts.hpp>

namespace bench {

std::vector<part> parts() {
  return {{"mlp", mlp}, {"kmeans", kmeans}, {"hclust", hclust}};
}

} // namespace bench
