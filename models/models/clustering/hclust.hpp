#pragma once

// Hierarchical clustering: every row begins as a cluster of its own, and the
// two nearest ones are joined until one is left; cut anywhere, the tree gives
// that number of clusters.
//
//   auto model = models::hclust{{.clusters = 3}}.fit(rows);
//   for (auto& line : models::dendrogram(model.linkage))
//     std::cout << line << '\n';

#include <models/clustering/linkage.hpp>
#include <models/core/rows.hpp>
#include <models/parallel/rounds.hpp>

#include <memory>

namespace models {

/// How far two rows are from each other.
enum class row_distance : uint8_t {
  euclidean, ///< root of the sum of the squared differences
  manhattan, ///< sum of the differences' magnitudes; not for ward
};

struct hclust_config {
  uint32_t clusters = 2; ///< 1 to as many as rows
  double height = 0;     ///< cut there instead, 0: by `clusters`
  linkage_method method = linkage_method::ward;
  row_distance distance = row_distance::euclidean;
  uint32_t merges_a_round = 0; ///< 0: by the rows; not part of the result
};

/// @throws std::invalid_argument naming the member and its range
void check(const hclust_config& config);

/// The clusters that were found, and their tree.
class hclust_model {
public:
  /// Most rows: their distances take 16 GiB.
  static constexpr size_t max_rows = 65536;

  hclust_model() = default;

  /// @param rows what was clustered: for ward the clusters' means
  /// @param row_labels of the rows, 0 to clusters - 1; for ward 0, 1, ...
  /// @param sizes rows of each cluster, 1 or more
  /// @throws std::invalid_argument if that does not fit
  hclust_model(linkage_method method,
               row_distance distance,
               std::vector<float> rows,
               size_t columns,
               std::vector<int32_t> row_labels,
               std::vector<uint64_t> sizes);

  uint32_t clusters() const { return static_cast<uint32_t>(sizes_.size()); }

  size_t columns() const { return columns_; }

  const std::vector<float>& rows() const { return rows_; }

  const std::vector<int32_t>& row_labels() const { return row_labels_; }

  const std::vector<uint64_t>& sizes() const { return sizes_; }

  linkage_method method() const { return method_; }

  row_distance distance() const { return distance_; }

  /// The cluster that a row would join, of equals the first.
  /// @throws std::invalid_argument for rows of another width
  std::vector<int32_t> predict(const rows_view& x) const;

  /// The linkage's distance of each row, as a cluster of its own, to each
  /// cluster. Cost: of ward a distance a cluster, else a distance a row.
  /// @param out x.rows x clusters(), row-major
  void transform(const rows_view& x, std::span<float> out) const;

  // What is known of the rows it was fitted on; else empty.

  std::vector<int32_t> labels; ///< numbered by their first rows
  std::vector<linkage_step> linkage;

private:
  void transform_row(const float* row, std::span<float> out) const;
  double distance_to(const float* a, const float* b) const;

  linkage_method method_ = linkage_method::ward;
  row_distance distance_ = row_distance::euclidean;
  std::vector<float> rows_;
  size_t columns_ = 0;
  std::vector<int32_t> row_labels_;
  std::vector<uint64_t> sizes_;
};

/// Hierarchical clustering as a computation in rounds: the distances are
/// shared by the workers, the joining is the conductor's; what it has joined is
/// the state. `hclust::fit` runs it to its end.
class hclust_algorithm : public round_algorithm {
public:
  /// @param x must outlive it
  /// @throws std::invalid_argument as `check`, for more clusters than rows,
  /// fewer than 2 rows or more than `hclust_model::max_rows`, values that are
  /// not finite, and such that their distances are not
  hclust_algorithm(const hclust_config& config, const rows_view& x);
  ~hclust_algorithm() override;

  std::string_view program() const override { return "hclust"; }

  uint32_t tasks() const override;
  size_t payload_bytes() const override;
  void lay_out(std::span<std::byte> payload) override;
  bool next_round() override;
  void end_round() override;
  round_state save() const override;
  void restore(const round_state& state) override;

  /// Pairs joined, of rows - 1.
  size_t joined() const;

  /// The largest distance at which a pair was joined so far.
  double height() const;

  /// @pre `next_round` returned false
  hclust_model result() const;

private:
  struct state;

  std::unique_ptr<state> state_;
};

/// How workers join.
round_program hclust_program();

/// The estimator.
/// Memory: 4 rows^2 bytes. Cost: rows^2 / 2 distances, then about 2 rows^2
/// numbers read.
/// Source: Ward (1963), "Hierarchical grouping to optimize an objective
/// function"; Murtagh (1983), "A survey of recent advances in hierarchical
/// clustering algorithms".
class hclust {
public:
  /// @throws std::invalid_argument as `check`
  explicit hclust(hclust_config config = {});

  /// @param threads 1..255; does not change the result
  /// @throws std::invalid_argument as `hclust_algorithm`
  hclust_model fit(const rows_view& x, uint32_t threads = 1) const;

private:
  hclust_config config_;
};

} // namespace models
