#pragma once

// How good a classifier is. Pure functions of the true and the predicted
// classes, any thread; the conventions are scikit-learn's, with 0 where a
// quotient is 0 / 0 (`zero_division=0`).

#include <cstdint>
#include <span>
#include <vector>

namespace models {

/// How often each class was taken for which: `counts[truth][predicted]`.
struct confusion_matrix {
  std::vector<std::vector<uint64_t>> counts; ///< classes x classes

  size_t classes() const { return counts.size(); }

  /// Adds the counts of another part of the same rows' evaluation. Throws
  /// `std::invalid_argument` if the numbers of classes differ.
  void add(const confusion_matrix& part);
};

/// Counts pairs of classes.
/// @param truth,predicted classes 0 to classes - 1, one each a row
/// Throws `std::invalid_argument` for other lengths or classes.
confusion_matrix confusion(std::span<const int32_t> truth,
                           std::span<const int32_t> predicted,
                           size_t classes);

/// How the figures of the classes become one.
enum class averaging : uint8_t {
  macro,    ///< the mean over the classes that occur, in truth or prediction
  micro,    ///< over all rows at once; all three then equal the accuracy
  weighted, ///< the mean, each class by its rows in truth
};

/// Precision, recall and F1, each from 0 to 1.
struct class_scores {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

/// The share of right predictions; 0 for no rows.
double accuracy(const confusion_matrix& m);

/// The mean recall of the classes that occur in truth; 0 for no rows. Unlike
/// accuracy it does not let a frequent class hide a rare one.
double balanced_accuracy(const confusion_matrix& m);

/// Precision, recall and F1 of one class. @pre c < m.classes()
class_scores scores_of(const confusion_matrix& m, size_t c);

/// Precision, recall and F1 over all classes.
class_scores scores(const confusion_matrix& m,
                    averaging how = averaging::macro);

/// The mean of -log(probability of the true class), nats. Probabilities are
/// kept within [eps, 1 - eps], eps = 2^-23, and each row is scaled to sum 1, as
/// scikit-learn does for float32.
/// @param probabilities truth.size() x classes, row-major
/// Throws `std::invalid_argument` for other sizes or classes, and no rows.
double log_loss(std::span<const int32_t> truth,
                std::span<const float> probabilities,
                size_t classes);

/// The class with the largest probability of each row; of equals the first.
/// @param probabilities rows x classes, row-major
std::vector<int32_t> most_probable(std::span<const float> probabilities,
                                   size_t classes);

/// What a job's record and `evaluate` report.
struct classification_report {
  uint64_t rows = 0;
  double accuracy = 0;
  double balanced_accuracy = 0;
  class_scores macro;
  double loss = 0; ///< nats, see `log_loss`
  confusion_matrix confusion;
};

/// All of the above at once, predicting the most probable class.
classification_report evaluate(std::span<const int32_t> truth,
                               std::span<const float> probabilities,
                               size_t classes);

} // namespace models
