#pragma once

#include <models/io/model_file.hpp>
#include <models/metrics/classification.hpp>
#include <models/parallel/training_loop.hpp>
#include <roles/compute/job_data.hpp>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

/// The job kind `mlp`: from parameters and data to a training, and from a
/// training to a model file. Pure functions; mlp_run.cpp puts them together.
namespace roles {

/// Data and request of a training, ready to be laid out.
struct mlp_training {
  models::training_config config;
  models::pipeline pipeline; ///< fitted on the training rows
  models::dataset data;      ///< rows in the order train, validation, test
  models::row_counts rows;

  models::training_set set() const {
    return {data.features, data.labels, rows, targets};
  }

  /// Numbers are learnt standardised: `targets` are (data.targets - mean) /
  /// deviation of the training rows.
  std::vector<float> targets;
  std::vector<float> mean;
  std::vector<float> deviation;

  /// Steps of the whole training if it is not stopped early.
  int64_t steps() const;

  /// About how many bytes it needs, over all processes; without the table. A
  /// double: layers can be asked for that no integer counts.
  /// @throws std::invalid_argument as `training_block::bytes`
  double memory() const;
};

/// The parameters of a job, those it lacks at their defaults: a job of an older
/// version may lack the newer ones. With `layers` they are those of `cnn`, else
/// of `mlp`.
nlohmann::json complete_network(const nlohmann::json& given);

/// All but the data.
/// @param params of the kind `mlp`, or `cnn` if they have `layers`; checked
/// @param order gets the rows in the order of the data
/// @param fold as for `prepare_mlp`
/// @throws std::invalid_argument for data that do not fit them
mlp_training fit_mlp(const models::table& table,
                     const nlohmann::json& params,
                     std::vector<uint32_t>& order,
                     std::optional<uint32_t> fold = std::nullopt);

/// The data.
void take_data(mlp_training& job,
               const models::table& table,
               std::span<const uint32_t> order);

/// Both.
/// @param fold of the cross-validation that is trained; none: the model itself
mlp_training prepare_mlp(const models::table& table,
                         const nlohmann::json& params,
                         std::optional<uint32_t> fold = std::nullopt);

/// The weights of the model: of a regression the last layer's give the numbers
/// themselves, not the standardised ones.
std::vector<float> model_weights(const mlp_training& training,
                                 const models::mlp_layout& layout,
                                 std::span<const float> block);

/// The shape of a network as a model file says it.
models::mlp_params params_of(const models::mlp_config& net);

/// The weights of a block as the tensors of a model file.
models::tensor_map tensors_of(const models::mlp_layout& layout,
                              std::span<const float> block);

/// What was read and done: the report's fields, rows `train`, `validation` and
/// `test`, and `steps` in words.
nlohmann::json data_json(const mlp_training& training);

/// A report from predicted classes and the mean loss.
models::classification_report report_of(std::span<const int32_t> truth,
                                        std::span<const int32_t> predicted,
                                        size_t classes,
                                        double loss);

/// A checkpoint as the bytes of a safetensors file, and back.
/// @throws models::data_error, std::invalid_argument
/// @param folds JSON, what a cross-validation has brought so far; or empty
std::string write_checkpoint(const models::checkpoint& state,
                             const std::string& folds = {});
models::checkpoint read_checkpoint(std::string_view bytes,
                                   const std::string& origin,
                                   std::string* folds = nullptr);

} // namespace roles
