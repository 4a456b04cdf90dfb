#pragma once

// The conductor of k-means: which round follows which. Internal.

#include <models/clustering/kmeans_payload.hpp>
#include <models/core/random.hpp>

#include <optional>

namespace models {

/// A run that has ended.
struct kmeans_found {
  uint32_t clusters = 0;
  double inertia = 0;
  double silhouette = 0;
  uint32_t iterations = 0;
  bool converged = false;
  std::vector<float> centres;
  std::vector<int32_t> labels;
};

struct kmeans_algorithm::state {
  enum class step : uint8_t { start, seeding, rounds, scoring, judging, over };

  kmeans_config config;
  rows_view x;
  std::vector<double> mean; ///< of the columns
  double variance = 0;      ///< mean of the columns'
  double squares = 0;       ///< sum of |x - mean|^2
  kmeans_payload::shape shape{};
  std::optional<kmeans_payload> p;

  step at = step::start;
  uint32_t clusters = 0; ///< of the run at hand
  uint32_t run = 0;      ///< of this number of clusters
  uint64_t all_rounds = 0;
  double last_inertia = 0;
  std::vector<kmeans_found> found; ///< the best of each number of clusters

  // the run at hand
  uint32_t seeded = 0;
  uint32_t draws = 0;
  std::vector<size_t> candidates; ///< rows
  uint32_t rounds = 0;
  bool converged = false;
  std::vector<double> sums;
  std::vector<int64_t> counts;
  double smooth = 0; ///< inertia a row of the mini-batches, smoothed
  double least_smooth = 0;
  uint32_t without = 0;

  state(const kmeans_config& c, const rows_view& rows);

  void lay_out(std::span<std::byte> memory);

  // -- the steps, each prepared and then ended --------------------------------
  bool prepare();
  void end();
  void begin_run();
  void prepare_seed();
  void end_seed();
  void begin_rounds();
  void prepare_round();
  void end_round();
  void end_batch();
  void end_score();
  void end_judging();
  void next_run();

  double uniform();
  double potential(uint32_t candidate) const;
  size_t draw_row(uint32_t candidate, double total);
  void set_candidates(std::vector<size_t> rows);
  void add_deltas();
  double move_centres();
  void fill_empty(uint32_t cluster);
  void measure_reaches();
  double figures() const;
  uint64_t changed() const;
  uint32_t most() const;
  uint32_t most_rounds() const;
  bool judges() const;
  const kmeans_found& chosen() const;
};

} // namespace models
