#pragma once

// K-means: clusters whose centres are the means of their points, such that the
// sum of the squared distances to them (the inertia) is small.
//
//   auto model = models::kmeans{{.clusters = 3}}.fit(rows);
//   auto labels = model.predict(others);

#include <models/core/rows.hpp>
#include <models/parallel/rounds.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace models {

/// How the rounds of k-means find the nearest centres. Equal results.
enum class kmeans_method : uint8_t {
  automatic, ///< hamerly
  lloyd,     ///< all distances, each round
  hamerly,   ///< bounds by the triangle inequality spare most distances
};

/// How the first centres are chosen.
enum class kmeans_start : uint8_t {
  plus_plus, ///< far from those chosen, the best of a few draws
  random,    ///< any rows
};

/// Which number of clusters is taken if several are tried.
enum class cluster_choice : uint8_t {
  silhouette, ///< the one with the largest silhouette
  elbow,      ///< where the inertia bends most
};

struct kmeans_config {
  uint32_t clusters = 8;     ///< 1..65536, at most as many as rows
  uint32_t max_clusters = 0; ///< try clusters..max_clusters; 0: only `clusters`
  cluster_choice choose = cluster_choice::silhouette;
  kmeans_start start = kmeans_start::plus_plus;
  kmeans_method method = kmeans_method::automatic;
  uint32_t starts = 10;      ///< runs from other centres, 1..1000; best wins
  uint32_t iterations = 300; ///< most rounds of a run, 1..1000000
  /// A run ends when the centres' squared moves sum up to no more than this
  /// times the mean variance of the columns, 0..1.
  double tolerance = 1e-4;
  uint32_t batch = 0; ///< rows of a step, 0: all; else 1..2^24, mini-batch
  uint64_t seed = 0;
  uint32_t shards = 32; ///< tasks the rows are cut into, 1..1024; part of the
                        ///< result's last bits
  uint32_t silhouette_rows = 4000; ///< judged by so many rows, evenly taken; 0:
                                   ///< not at all. 0 or 2..100000
};

/// @throws std::invalid_argument naming the member and its range
void check(const kmeans_config& config);

/// What was found for one number of clusters.
struct kmeans_trial {
  uint32_t clusters = 0;
  double inertia = 0;
  double silhouette = 0; ///< NaN if not computed
};

/// A round of the run under way, for curves.
struct kmeans_progress {
  uint32_t runs = 0;        ///< completed
  uint32_t all_runs = 0;    ///< that there will be
  uint64_t rounds = 0;      ///< completed, of any run, seeding not counted
  uint32_t run_rounds = 0;  ///< of the run at hand
  uint32_t most_rounds = 0; ///< of a run
  double inertia = 0;       ///< after the last round; 0 before the first
};

/// The clusters that were found.
class kmeans_model {
public:
  kmeans_model() = default;

  /// @param centres clusters x columns, row-major
  /// @throws std::invalid_argument if that does not fit or is not finite
  kmeans_model(std::vector<float> centres, size_t columns);

  uint32_t clusters() const;

  size_t columns() const { return columns_; }

  /// clusters x columns, row-major
  std::span<const float> centres() const { return centres_; }

  /// The nearest cluster of each row; of equals the first.
  /// @throws std::invalid_argument for rows of another width
  std::vector<int32_t> predict(const rows_view& x) const;

  /// Distances (not squared) of each row to each centre.
  /// @param out x.rows x clusters(), row-major
  void transform(const rows_view& x, std::span<float> out) const;

  // What is known of the rows it was fitted on; else empty.

  std::vector<int32_t> labels;
  std::vector<uint64_t> sizes; ///< rows of each cluster
  double inertia = 0;
  uint32_t iterations = 0;          ///< of the best run
  bool converged = false;           ///< the best run, before `iterations`
  std::vector<kmeans_trial> trials; ///< one a number of clusters
  uint32_t unused = 0; ///< clusters without rows: too few distinct ones

private:
  std::vector<float> centres_;
  size_t columns_ = 0;
};

class kmeans_payload;

/// K-means as a computation in rounds; `kmeans::fit` runs it to its end.
class kmeans_algorithm : public round_algorithm {
public:
  /// @param x must outlive `lay_out`
  /// @throws std::invalid_argument as `check`, for more clusters than rows and
  /// values that are not finite
  kmeans_algorithm(const kmeans_config& config, const rows_view& x);
  ~kmeans_algorithm() override;

  std::string_view program() const override { return "kmeans"; }

  uint32_t tasks() const override;
  size_t payload_bytes() const override;
  void lay_out(std::span<std::byte> payload) override;
  bool next_round() override;
  void end_round() override;
  round_state save() const override;
  void restore(const round_state& state) override;

  kmeans_progress progress() const;

  /// @pre `next_round` returned false
  kmeans_model result() const;

private:
  struct state;

  std::unique_ptr<state> state_;
};

/// How workers join.
round_program kmeans_program();

/// The estimator.
/// Source: Lloyd (1982), "Least squares quantization in PCM"; Arthur,
/// Vassilvitskii (2007), "k-means++"; Hamerly (2010), "Making k-means even
/// faster"; Sculley (2010), "Web-scale k-means clustering".
class kmeans {
public:
  /// @throws std::invalid_argument as `check`
  explicit kmeans(kmeans_config config = {});

  /// @param threads 1..255; does not change the result
  /// @throws std::invalid_argument as `kmeans_algorithm`
  kmeans_model fit(const rows_view& x, uint32_t threads = 1) const;

private:
  kmeans_config config_;
};

} // namespace models
