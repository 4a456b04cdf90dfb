#pragma once

// What the kinds of clustering measure alike, for the metrics of their models.

#include <models/core/rows.hpp>
#include <models/kinds/kind.hpp>

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

namespace models {

/// "0", "1", ...: the classes of a model of so many clusters.
std::vector<std::string> cluster_names(size_t clusters);

/// The cluster of each row.
/// @param outputs rows x clusters
std::vector<int32_t> chosen_clusters(std::span<const float> outputs,
                                     size_t clusters,
                                     const output_meaning& meaning);

/// How many rows each cluster has.
/// @param labels 0 to clusters - 1
std::vector<uint64_t> cluster_sizes(std::span<const int32_t> labels,
                                    size_t clusters);

/// Adds `silhouette` to measures, of at most 4,000 of the rows, if it is
/// defined for these labels; rows with negative ones are left out.
void add_silhouette(nlohmann::json& metrics,
                    const rows_view& rows,
                    std::span<const int32_t> labels);

/// Adds `ari` and `nmi`, if there is a truth to compare with.
void add_agreement(nlohmann::json& metrics,
                   std::span<const int32_t> truth,
                   std::span<const int32_t> labels);

/// `clusters`, `sizes`, `rows` and what the two above add.
nlohmann::json measure_clusters(const rows_view& rows,
                                std::span<const int32_t> truth,
                                std::span<const int32_t> labels,
                                size_t clusters);

} // namespace models
