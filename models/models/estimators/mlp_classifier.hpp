#pragma once

// A classifier as a value: fit, predict, score. The engine below it is
// `fit_mlp`; who needs checkpoints, or workers in processes, uses that.
//
//   models::mlp_classifier model{{.net = {.hidden = {64}}, .epochs = 100}};
//   model.fit(train);
//   std::cout << model.score(test) << '\n';

#include <models/data/table.hpp>
#include <models/parallel/fit.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace models {

/// A multilayer perceptron with a softmax. The same request on the same data
/// gives the same bits, whatever `threads` is. After `fit` the const functions
/// may be called from many threads at once.
class mlp_classifier {
public:
  /// @param config all but `net.inputs` and `net.outputs`, which the data give
  /// @param validation share of the rows given to `fit` that decides when to
  ///        stop and which weights are the best, [0, 1); 0: the training loss
  ///        decides. Ignored with `config.patience` 0.
  /// @param threads workers of `fit`, 1..255
  /// @throws std::invalid_argument naming the parameter and its range
  explicit mlp_classifier(training_config config = {},
                          double validation = 0.1,
                          uint32_t threads = 1);

  /// Trains on all rows of a data set, stratified by class.
  /// @returns the model itself
  /// @throws std::invalid_argument for data without labels, or as `fit_mlp`;
  /// `std::runtime_error` with the step if the training diverges. Then the
  /// model is as before.
  mlp_classifier& fit(const dataset& data);

  /// The same on numbers.
  /// @param features rows x inputs, row-major, finite
  /// @param labels rows, each 0..classes-1 for the largest label `classes - 1`
  mlp_classifier& fit(std::span<const float> features,
                      std::span<const int32_t> labels);

  /// Whether `fit` has been called with success.
  bool fitted() const { return layout_.has_value(); }

  /// The probability of each class.
  /// @param features rows x inputs, row-major
  /// @returns rows x classes, row-major, each row of sum 1
  /// @throws std::invalid_argument before `fit` and for another shape
  std::vector<float> predict_proba(std::span<const float> features) const;

  /// The most probable class of each row, an index into `classes()`.
  std::vector<int32_t> predict(std::span<const float> features) const;

  /// The accuracy on rows with known answers, from 0 to 1.
  double score(std::span<const float> features,
               std::span<const int32_t> labels) const;
  double score(const dataset& data) const;

  /// Names of the classes, "0", "1", ... if the data had none.
  const std::vector<std::string>& classes() const { return classes_; }

  /// Loss by epoch of the last `fit`.
  const std::vector<epoch_result>& history() const { return history_; }

  /// The weights as a block of `layout()`. @pre fitted()
  std::span<const float> weights() const { return weights_; }

  const mlp_layout& layout() const { return *layout_; }

private:
  void train(std::span<const float> features,
             std::span<const int32_t> labels,
             std::vector<std::string> classes);

  training_config config_;
  double validation_;
  uint32_t threads_;
  std::optional<mlp_layout> layout_;
  std::vector<float> weights_;
  std::vector<std::string> classes_;
  std::vector<epoch_result> history_;
};

} // namespace models
