#pragma once

// How good the probabilities of a classifier are. Pure functions, any thread;
// the conventions are scikit-learn's.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace models {

/// The area under the curve of hits against false alarms: the chance that a row
/// of the class gets a higher score than one that is not; ties count half.
/// @param positive whether each row is of the class
/// @param scores any numbers, larger for the class; not NaN
/// Throws `std::invalid_argument` for other lengths, a score that is not a
/// number, and unless there are rows of both sorts.
/// Cost: one sort.
/// Source: Fawcett (2006), "An introduction to ROC analysis".
double roc_auc(std::span<const uint8_t> positive,
               std::span<const float> scores);

/// The mean of the areas of each class against the rest; with two classes that
/// of the second one.
/// @param truth 0 to classes - 1
/// @param probabilities truth.size() x classes, row-major
/// Throws as above; every class needs a row.
double roc_auc(std::span<const int32_t> truth,
               std::span<const float> probabilities,
               size_t classes);

/// The mean of (p - y)^2 of one class.
/// Throws `std::invalid_argument` for other lengths and no rows.
/// Source: Brier (1950), "Verification of forecasts expressed in terms of
/// probability".
double brier_score(std::span<const uint8_t> positive,
                   std::span<const float> probabilities);

/// The same over all classes, as Brier has it: the mean over the rows of the
/// sum over the classes of (p - y)^2; from 0 to 2.
double brier_score(std::span<const int32_t> truth,
                   std::span<const float> probabilities,
                   size_t classes);

/// One step of a calibration curve.
struct calibration_bin {
  double predicted = 0; ///< mean probability of its rows
  double observed = 0;  ///< share of them that are of the class
  uint64_t rows = 0;
};

/// What became of rows with such a probability: bins of equal width over
/// [0, 1], those without rows left out.
/// @param bins 1..1000
/// Throws `std::invalid_argument` for other lengths or bins, no rows, and a
/// probability that is not from 0 to 1.
std::vector<calibration_bin>
calibration_curve(std::span<const uint8_t> positive,
                  std::span<const float> probabilities,
                  size_t bins = 10);

/// The mean over the rows of |predicted - observed| of their bins.
/// Source: Naeini, Cooper, Hauskrecht (2015), "Obtaining well calibrated
/// probabilities using Bayesian binning".
double calibration_error(std::span<const calibration_bin> curve);

/// What `evaluate` says of a classifier's probabilities.
struct probability_report {
  std::optional<double> roc_auc; ///< none unless every class has a row
  double brier = 0;              ///< of two classes that of the second one
  double calibration_error = 0;  ///< of the most probable classes, ten bins
};

/// @param truth 0 to classes - 1; not empty
/// @param probabilities truth.size() x classes, row-major
/// Throws `std::invalid_argument` as above.
/// Cost: one sort a class.
/// Source of the calibration: Guo et al. (2017), "On calibration of modern
/// neural networks".
probability_report evaluate_probabilities(std::span<const int32_t> truth,
                                          std::span<const float> probabilities,
                                          size_t classes);

} // namespace models
