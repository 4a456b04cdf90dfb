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
    return {data.features, data.labels, rows};
  }

  /// Steps of the whole training if it is not stopped early.
  int64_t steps() const;

  /// About how many bytes it needs, over all processes; without the table. A
  /// double: layers can be asked for that no integer counts.
  /// @throws std::invalid_argument as `training_block::bytes`
  double memory() const;
};

/// All but the data. @param order gets the rows in the order of the data
/// @param fold as for `prepare_mlp`
mlp_training fit_mlp(const models::table& table,
                     const nlohmann::json& params,
                     std::vector<uint32_t>& order,
                     std::optional<uint32_t> fold = std::nullopt);

/// @param params complete and checked, see `models::complete`
/// @param fold of the cross-validation that is trained; none: the model itself
mlp_training prepare_mlp(const models::table& table,
                         const nlohmann::json& params,
                         std::optional<uint32_t> fold = std::nullopt);

/// The shape of a network as a model file says it.
models::mlp_params params_of(const models::mlp_config& net);

/// The weights of a block as the tensors of a model file.
models::tensor_map tensors_of(const models::mlp_layout& layout,
                              std::span<const float> block);

/// `{accuracy, precision, recall, f1, confusion, loss, on, rows}`.
nlohmann::json metrics_json(const models::classification_report& report,
                            const std::string& on);

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
