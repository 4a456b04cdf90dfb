#pragma once

// What the conductor and the workers of a k-means share. Internal.

#include <models/clustering/kmeans.hpp>
#include <models/clustering/nearest.hpp>

#include <array>

namespace models {

/// What the tasks of a round do.
enum class kmeans_stage : uint32_t {
  seed,       ///< distances to the candidates for the next centre
  lloyd,      ///< nearest centres, all distances
  hamerly,    ///< nearest centres, by bounds
  batch,      ///< nearest centres of some rows
  score,      ///< labels and inertia of the final centres
  silhouette, ///< sums of silhouettes of some rows
};

/// The words of a round. Written by the conductor between rounds.
struct kmeans_words {
  uint64_t rows;
  uint64_t columns;
  uint32_t clusters; ///< of the run at hand
  uint32_t most_clusters;
  uint32_t tasks;
  uint32_t batch;
  uint32_t judged; ///< rows of the silhouette
  kmeans_stage stage;
  uint32_t slot; ///< buffers read; the other ones are written
  // seeding
  uint64_t seed_rows; ///< looked at, evenly taken
  uint32_t candidates;
  uint32_t chosen; ///< of the candidates before; `few`: there were none
  // bounds
  float drift; ///< the most that a centre has moved
  float second_drift;
  uint32_t drifter; ///< which centre that was
  float slack;      ///< share of the squares that rounding can take
  // mini-batch
  uint64_t order_seed;
  uint64_t batch_at; ///< rows drawn before
};

/// Where everything lies.
class kmeans_payload {
public:
  /// Sizes by which the payload is laid out.
  struct shape {
    uint64_t rows;
    uint64_t columns;
    uint32_t most_clusters;
    uint32_t tasks;
    uint32_t judged;
  };

  static size_t bytes(const shape& s);

  /// Lays it out, or joins it.
  kmeans_payload(std::span<std::byte> memory, const shape& s);

  /// @throws std::invalid_argument if the memory is too short for what it says
  static kmeans_payload attach(std::span<std::byte> memory);

  kmeans_words* words;
  float* x;        ///< rows x columns, less their mean
  float* squares;  ///< rows: |x|^2
  float* centres;  ///< most_clusters x columns
  float* negated;  ///< see `centre_view`
  float* halves;   ///< likewise
  float* drifts;   ///< most_clusters
  float* reaches;  ///< most_clusters: half the way to the nearest centre
  float* few_rows; ///< columns x few: candidates
  std::array<int32_t*, 2> labels; ///< rows; -1: none
  std::array<float*, 2> upper;    ///< rows: distance to the own centre, at most
  std::array<float*, 2> lower;    ///< rows: to any other one, at least
  std::array<float*, 2> closest;  ///< rows: squared distance to the centres
  std::array<float*, 2> distances; ///< rows x few: to the candidates
  double* potentials; ///< tasks x few: sums of squares if one were chosen
  double* deltas;     ///< tasks x most_clusters x columns: change of the sums
  int64_t* counts;    ///< tasks x most_clusters: change of the numbers
  double* figures;    ///< tasks: inertia, or sum of silhouettes
  uint64_t* changed;  ///< tasks: rows that went to another cluster

  clustering::centre_view centre_view() const {
    return {negated, halves, words->columns, words->clusters};
  }

  const float* row(size_t i) const { return x + i * words->columns; }

  /// Rows of a task, of so many.
  std::pair<size_t, size_t> range(size_t all, uint32_t task) const {
    return {all * task / words->tasks, all * (task + 1) / words->tasks};
  }

  /// The row that is number `i` of those the seeding looks at.
  size_t seed_row(size_t i) const { return i * words->rows / words->seed_rows; }

  /// The row that is number `i` of those the silhouette judges.
  size_t judged_row(size_t i) const { return i * words->rows / words->judged; }

private:
  size_t place(std::byte* base, const shape& s);
  kmeans_payload() = default;
};

} // namespace models
