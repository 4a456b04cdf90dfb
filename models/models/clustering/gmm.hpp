#pragma once

// Gaussian mixtures: rows as draws from a few normal distributions, whose
// weights, means and covariances make the rows likely.
//
//   auto model = models::gmm{{.clusters = 3}}.fit(rows);
//   auto labels = model.predict(others);

#include <models/core/rows.hpp>
#include <models/parallel/rounds.hpp>

#include <memory>

namespace models {

/// What the distributions' covariances are.
enum class covariance_form : uint8_t {
  full,     ///< any
  diagonal, ///< of independent columns
};

struct gmm_config {
  uint32_t clusters = 2; ///< 1..1024, at most as many as rows
  covariance_form form = covariance_form::full;
  uint32_t starts = 1;       ///< runs from other first clusters, 1..1000
  uint32_t iterations = 100; ///< most of a run, 1..1000000
  double tolerance = 1e-3;   ///< a run ends when the mean log-likelihood of a
                             ///< row grows by less, 0..1
  double floor = 1e-6;       ///< added to all variances, 0..1e6
  uint64_t seed = 0;
  uint32_t shards = 32; ///< tasks the rows are cut into, 1..1024; part of the
                        ///< result's last bits
};

/// @throws std::invalid_argument naming the member and its range
void check(const gmm_config& config);

/// A mixture. A value; const functions from any thread.
class gmm_model {
public:
  gmm_model() = default;

  /// @param weights of the distributions, above 0, of sum 1
  /// @param means clusters x columns
  /// @param covariances clusters x columns x columns, or clusters x columns
  /// @throws std::invalid_argument if that does not fit, is not finite or no
  /// covariance
  gmm_model(covariance_form form,
            std::vector<double> weights,
            std::vector<double> means,
            std::vector<double> covariances);

  uint32_t clusters() const { return static_cast<uint32_t>(weights_.size()); }

  size_t columns() const { return columns_; }

  covariance_form form() const { return form_; }

  const std::vector<double>& weights() const { return weights_; }

  const std::vector<double>& means() const { return means_; }

  const std::vector<double>& covariances() const { return covariances_; }

  /// How many numbers were fitted.
  uint64_t freedom() const;

  /// The most probable distribution of each row.
  /// @throws std::invalid_argument for rows of another width
  std::vector<int32_t> predict(const rows_view& x) const;

  /// The probability of each distribution for each row.
  /// @param out x.rows x clusters(), row-major
  void transform(const rows_view& x, std::span<float> out) const;

  /// The mean over the rows of the natural logarithm of their density.
  double score(const rows_view& x) const;

  // What is known of the rows it was fitted on.

  double log_likelihood = 0; ///< as `score`, before the last step
  uint32_t iterations = 0;   ///< of the best run
  bool converged = false;    ///< the best run, before `iterations`

  struct factors;

  /// What densities are computed by; shared by copies.
  const factors& parts() const { return *factors_; }

private:
  covariance_form form_ = covariance_form::full;
  size_t columns_ = 0;
  std::vector<double> weights_;
  std::vector<double> means_;
  std::vector<double> covariances_;
  std::shared_ptr<const factors> factors_;
};

/// The fit as a computation in rounds; `gmm::fit` runs it to its end.
class gmm_algorithm : public round_algorithm {
public:
  /// @param x must outlive it
  /// @throws std::invalid_argument as `check`, for more clusters than rows,
  /// values that are not finite and covariances of more than 2^27 numbers
  gmm_algorithm(const gmm_config& config, const rows_view& x);
  ~gmm_algorithm() override;

  std::string_view program() const override { return "gmm"; }

  uint32_t tasks() const override;
  size_t payload_bytes() const override;
  void lay_out(std::span<std::byte> payload) override;
  bool next_round() override;
  void end_round() override;
  round_state save() const override;
  void restore(const round_state& state) override;

  uint32_t run() const;       ///< runs that are over
  uint32_t iteration() const; ///< of the run at hand
  double log_likelihood() const;

  /// Why it has come to an end without a result, or empty.
  const std::string& failed() const;

  /// @pre `next_round` returned false and `failed` is empty
  gmm_model result() const;

private:
  struct state;

  std::unique_ptr<state> state_;
};

/// How workers join.
round_program gmm_program();

/// The estimator.
/// Source: Dempster, Laird, Rubin (1977), "Maximum likelihood from incomplete
/// data via the EM algorithm"; Bishop (2006), section 9.2.
class gmm {
public:
  /// @throws std::invalid_argument as `check`
  explicit gmm(gmm_config config = {});

  /// @param threads 1..255; does not change the result
  /// @throws std::invalid_argument as `gmm_algorithm`; std::runtime_error if
  /// the covariances degenerate
  gmm_model fit(const rows_view& x, uint32_t threads = 1) const;

private:
  gmm_config config_;
};

} // namespace models
