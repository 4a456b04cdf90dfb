#pragma once

#include <roles/compute/job_data.hpp>
#include <roles/controller/job_record.hpp>
#include <roles/core/handle_slot.hpp>
#include <roles/network/router.hpp>

#include <caf/all.hpp>

#include <deque>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// Evaluations and predictions by published models: applies the model's
/// pipeline in a thread of its own; the workers compute, by way of the router.
/// There are two such actors, so that nobody with a few rows waits for a whole
/// file: `network/serving` for rows that come with the request,
/// `network/evaluation` for data files, which it reads.
namespace roles {

/// Body of `POST /api/v1/models/NAME/evaluate`; answered by `json_reply`.
struct evaluate_request {
  std::string model; ///< NAME or NAME@VERSION
  nlohmann::json data;
};

/// Body of `.../predict`: `rows` or `data`; answered by `json_reply`.
struct predict_request {
  std::string model;
  nlohmann::json body;
};

/// The same, answered by `csv_reply`.
struct predict_csv_request {
  std::string model;
  nlohmann::json body;
};

/// A line for each row, in order; see `predictions_csv`.
struct csv_reply {
  std::string text;
};

/// Rows of raw numbers, row-major, in the order of the model's columns;
/// answered by `inference`.
struct infer_request {
  std::string model;
  size_t rows = 0;
  std::vector<float> values;
};

struct inference {
  model_record model;
  std::vector<std::string> labels; ///< of each row; none if it has none
  std::string outputs;             ///< what they are: "probabilities", ...
  std::vector<float> values;       ///< rows x classes
};

struct json_reply {
  nlohmann::json body;
};

/// A model that is served.
struct served_model {
  std::shared_ptr<const model_bytes> file;
  const models::model_kind* kind = nullptr;
  models::model_file about; ///< without the tensors
  models::pipeline pipeline;
  std::vector<std::string> classes; ///< one an output
  models::output_meaning meaning;   ///< of its outputs
};

using model_ptr = std::shared_ptr<const served_model>;

/// The models that were asked for last, for all who serve. Thread safe.
class served_models {
public:
  /// Reads the model's file unless it is here. @throws as `read_blob`,
  /// models::data_error
  model_ptr get(chunk_store& store, const std::string& blob);

private:
  model_ptr find(const std::string& blob);

  std::mutex mutex_;
  std::deque<model_ptr> newest_; ///< first
};

struct serving_links {
  handle_ptr state;
  handle_ptr router;
  std::shared_ptr<served_models> models;
  std::shared_ptr<chunk_store> store;
  std::shared_ptr<name_table> names;
};

struct serving_state {
  serving_links links;
};

caf::behavior serving_actor(caf::stateful_actor<serving_state>* self,
                            serving_links links);

} // namespace roles

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::evaluate_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::predict_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::predict_csv_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::csv_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::infer_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::inference)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::json_reply)
