#pragma once

// What the conductor and the workers of a Gaussian mixture share. Internal.

#include <models/clustering/gmm_density.hpp>

namespace models {

enum class gmm_stage : uint32_t {
  labels,      ///< sums of the rows by their first clusters
  expectation, ///< sums of the rows by their probabilities
};

struct gmm_words {
  uint64_t rows;
  uint64_t columns;
  uint32_t clusters;
  uint32_t tasks;
  covariance_form form;
  gmm_stage stage;
};

/// Sums of a task, or of all: of rows less the means that were.
struct gmm_sums {
  double* likelihood; ///< one: the sum of the logarithms
  double* counts;     ///< clusters
  double* firsts;     ///< clusters x columns
  double* seconds;    ///< clusters x size
};

class gmm_payload {
public:
  static size_t bytes(const gmm_words& w);

  /// Joins the memory. @throws std::invalid_argument if it is too short
  gmm_payload(std::span<std::byte> memory, const gmm_words& w);

  static gmm_payload attach(std::span<std::byte> memory);

  clustering::mixture_view mixture() const {
    return {words->form, words->clusters, words->columns,
            offsets,     means,           factors};
  }

  gmm_sums sums(uint32_t task) const;

  gmm_words* words;
  float* x;        ///< rows x columns
  int32_t* labels; ///< rows
  double* offsets;
  double* means;
  double* factors;

private:
  double* results_;
  size_t result_; ///< doubles of a task
};

} // namespace models
