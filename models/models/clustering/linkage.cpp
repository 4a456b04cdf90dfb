#include <models/clustering/linkage.hpp>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace models {

namespace {

/// Disjoint sets, each with a number of its own.
class sets {
public:
  explicit sets(size_t n) : parent_(n) {
    std::iota(parent_.begin(), parent_.end(), 0u);
  }

  uint32_t find(uint32_t i) {
    while (parent_[i] != i) {
      parent_[i] = parent_[parent_[i]];
      i = parent_[i];
    }
    return i;
  }

  void join(uint32_t root, uint32_t to) { parent_[root] = to; }

private:
  std::vector<uint32_t> parent_;
};

} // namespace

std::vector<linkage_step> make_linkage(std::vector<cluster_merge> merges) {
  std::stable_sort(
    merges.begin(), merges.end(),
    [](const auto& x, const auto& y) { return x.height < y.height; });
  auto n = static_cast<uint32_t>(merges.size() + 1);
  sets clusters(2 * merges.size() + 1);
  std::vector<linkage_step> steps;
  auto rows = [&](uint32_t i) { return i < n ? 1 : steps[i - n].rows; };
  for (auto& m : merges) {
    auto [a, b] = std::minmax({clusters.find(m.a), clusters.find(m.b)});
    auto made = n + static_cast<uint32_t>(steps.size());
    clusters.join(a, made);
    clusters.join(b, made);
    steps.push_back({a, b, m.height, rows(a) + rows(b)});
  }
  return steps;
}

std::vector<int32_t> cut_tree(std::span<const linkage_step> steps,
                              uint32_t clusters) {
  auto n = steps.size() + 1;
  if (clusters < 1 || clusters > n)
    throw std::invalid_argument("a tree of " + std::to_string(n)
                                + " rows cannot be cut into "
                                + std::to_string(clusters) + " clusters");
  sets joined(2 * n - 1);
  for (size_t i = 0; i < n - clusters; ++i) {
    joined.join(steps[i].a, static_cast<uint32_t>(n + i));
    joined.join(steps[i].b, static_cast<uint32_t>(n + i));
  }
  std::vector<int32_t> number(2 * n - 1, -1), labels(n);
  int32_t next = 0;
  for (size_t row = 0; row < n; ++row) {
    auto& own = number[joined.find(static_cast<uint32_t>(row))];
    if (own < 0)
      own = next++;
    labels[row] = own;
  }
  return labels;
}

uint32_t clusters_below(std::span<const linkage_step> steps, double height) {
  auto above = std::count_if(steps.begin(), steps.end(),
                             [=](auto& s) { return s.height > height; });
  return static_cast<uint32_t>(above + 1);
}

} // namespace models
