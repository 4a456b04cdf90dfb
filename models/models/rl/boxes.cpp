#include <models/rl/boxes.hpp>

#include <cmath>
#include <numbers>
#include <stdexcept>

namespace models {

boxes::boxes(std::vector<std::vector<float>> edges) : edges_(std::move(edges)) {
  if (edges_.empty())
    throw std::invalid_argument("boxes: no numbers to cut");
  uint64_t count = 1;
  for (auto& x : edges_) {
    for (size_t i = 0; i < x.size(); ++i)
      if (!std::isfinite(x[i]) || (i > 0 && !(x[i - 1] < x[i])))
        throw std::invalid_argument("boxes: edges must be finite and ascend");
    count *= x.size() + 1;
    if (count > 10'000'000)
      throw std::invalid_argument("boxes: more than 10000000 of them");
  }
  count_ = static_cast<uint32_t>(count);
}

std::vector<float> even_edges(float least, float greatest, uint32_t parts) {
  std::vector<float> edges;
  for (uint32_t i = 1; i < parts; ++i)
    edges.push_back(least
                    + (greatest - least) * static_cast<float>(i)
                        / static_cast<float>(parts));
  return edges;
}

boxes cart_pole_boxes() {
  constexpr auto degree = std::numbers::pi_v<float> / 180;
  return boxes({{-0.8f, 0.8f},
                {-0.5f, 0.5f},
                {-6 * degree, -degree, 0, degree, 6 * degree},
                {-50 * degree, 50 * degree}});
}

boxes mountain_car_boxes() {
  return boxes({even_edges(-1.2f, 0.6f, 40), even_edges(-0.07f, 0.07f, 40)});
}

} // namespace models
