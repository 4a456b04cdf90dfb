#include <bench/models/parts.hpp>

namespace bench {

std::vector<part> parts() {
  return {{"kmeans", kmeans}};
}

} // namespace bench
