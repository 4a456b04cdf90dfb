#pragma once

// Principal components as a computation in rounds: the workers share the
// covariances.

#include <models/core/rows.hpp>
#include <models/data/pca.hpp>
#include <models/parallel/rounds.hpp>

#include <memory>

namespace models {

class pca_algorithm : public round_algorithm {
public:
  /// @param x 2 rows or more; must outlive it
  /// @param components 1 to the columns and rows; 0: as many as keep `share`
  /// @param share of the variance, above 0 to 1
  /// @param shards tasks the rows are cut into, 1..1024; enters the last bits
  /// @throws std::invalid_argument for other numbers, more than
  /// `pca::max_inputs` columns and values that are not finite
  pca_algorithm(const rows_view& x,
                size_t components,
                double share,
                uint32_t shards = 32);
  ~pca_algorithm() override;

  std::string_view program() const override { return "pca"; }

  uint32_t tasks() const override;
  size_t payload_bytes() const override;
  void lay_out(std::span<std::byte> payload) override;
  bool next_round() override;
  void end_round() override;
  round_state save() const override;
  void restore(const round_state& state) override;

  bool over() const;

  /// @pre over
  const pca& result() const;

private:
  struct state;

  std::unique_ptr<state> state_;
};

/// How workers join.
round_program pca_program();

} // namespace models
