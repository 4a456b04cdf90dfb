#include <models/clustering/cluster_measures.hpp>
#include <models/metrics/clustering.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace models {

std::vector<std::string> cluster_names(size_t clusters) {
  std::vector<std::string> names;
  for (size_t i = 0; i < clusters; ++i)
    names.push_back(std::to_string(i));
  return names;
}

std::vector<int32_t> chosen_clusters(std::span<const float> outputs,
                                     size_t clusters,
                                     const output_meaning& meaning) {
  std::vector<int32_t> labels;
  for (size_t i = 0; i < outputs.size(); i += clusters)
    labels.push_back(
      static_cast<int32_t>(meaning.choose(outputs.subspan(i, clusters))));
  return labels;
}

std::vector<uint64_t> cluster_sizes(std::span<const int32_t> labels,
                                    size_t clusters) {
  std::vector<uint64_t> sizes(clusters);
  for (auto x : labels)
    ++sizes[static_cast<size_t>(x)];
  return sizes;
}

void add_silhouette(nlohmann::json& metrics,
                    const rows_view& rows,
                    std::span<const int32_t> labels) {
  constexpr size_t most = 4000;
  auto n = std::min(most, rows.rows);
  std::vector<float> judged;
  std::vector<int32_t> theirs;
  std::set<int32_t> clusters;
  size_t members = 0;
  for (size_t i = 0; i < n; ++i) {
    auto row = i * rows.rows / n;
    judged.insert(judged.end(), rows.row(row), rows.row(row) + rows.columns);
    theirs.push_back(labels[row]);
    if (labels[row] >= 0) {
      clusters.insert(labels[row]);
      ++members;
    }
  }
  if (clusters.size() >= 2 && clusters.size() < members)
    metrics["silhouette"] = silhouette({judged, rows.columns}, theirs);
}

void add_agreement(nlohmann::json& metrics,
                   std::span<const int32_t> truth,
                   std::span<const int32_t> labels) {
  if (truth.empty())
    return;
  metrics["ari"] = adjusted_rand_index(truth, labels);
  metrics["nmi"] = normalized_mutual_information(truth, labels);
}

nlohmann::json measure_clusters(const rows_view& rows,
                                std::span<const int32_t> truth,
                                std::span<const int32_t> labels,
                                size_t clusters) {
  nlohmann::json metrics{{"clusters", clusters},
                         {"sizes", cluster_sizes(labels, clusters)},
                         {"rows", rows.rows}};
  add_silhouette(metrics, rows, labels);
  add_agreement(metrics, truth, labels);
  return metrics;
}

} // namespace models
