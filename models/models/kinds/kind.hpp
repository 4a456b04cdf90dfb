#pragma once

// What a kind of model is to those who train, serve and call it, so that they
// need not know any of them: `train KIND` of the shell, the jobs, the workers.
// A new kind is a folder or a file of this library that makes a `model_kind`,
// its line in kinds.cpp, and its line in parallel/rounds_programs.cpp.

#include <models/core/parameters.hpp>
#include <models/data/pipeline.hpp>
#include <models/io/model_file.hpp>
#include <models/parallel/rounds.hpp>

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace models {

/// What a kind is trained on.
enum class data_need : uint8_t {
  labelled,      ///< a table with a label column
  numbers,       ///< a table whose label columns hold numbers
  unlabelled,    ///< a table; labels, if there are any, are compared with
  text,          ///< a file in the kind's own format
  optional_text, ///< the same, or nothing
};

/// What a run is made of.
struct kind_input {
  const table* data = nullptr;  ///< of kinds that need a table
  std::string_view text;        ///< of kinds that need a text, unpacked
  std::string path;             ///< of the text, for errors
  const nlohmann::json& params; ///< complete and in range
  std::string data_sha256;      ///< or empty
};

/// A point of a curve.
struct kind_point {
  int64_t number = 0; ///< grows; of what: see the kind
  double loss = 0;
};

/// How far a run is.
struct kind_progress {
  int64_t epoch = 0;
  int64_t epochs = 0; ///< at most
  int64_t step = 0;
  int64_t steps = 0;               ///< at most
  std::optional<kind_point> point; ///< the last one
};

/// A training of any kind that computes in rounds.
class kind_run {
public:
  virtual ~kind_run() = default;

  virtual round_algorithm& algorithm() = 0;

  virtual kind_progress progress() const = 0;

  /// Whether a checkpoint is due now; asked once after every round.
  virtual bool checkpoint_due() const = 0;

  /// Why the run is of no use, if it is; asked after every round.
  virtual std::optional<std::string> failed() const { return std::nullopt; }

  /// The model with its metrics. @pre the algorithm is over
  virtual model_file result() const = 0;
};

/// A model that answers. Thread: one at a time.
class predictor {
public:
  virtual ~predictor() = default;

  virtual size_t inputs() const = 0;
  virtual size_t outputs() const = 0;

  /// @param rows row-major, count x inputs(), as the pipeline made them
  /// @param out count x outputs()
  virtual void
  predict(std::span<const float> rows, size_t count, std::span<float> out) = 0;
};

/// What the outputs of a model are.
struct output_meaning {
  enum class choice : uint8_t {
    largest, ///< the label is the class with the largest output
    least,   ///< the class with the least one
    none,    ///< there is no label: the outputs are the answer
    several, ///< the labels are the classes with an output above 0.5
  };

  std::string_view name = "probabilities"; ///< of one output a class
  choice label = choice::largest;

  /// The class of a row by its outputs; of equals the first.
  size_t choose(std::span<const float> outputs) const;
};

struct model_kind {
  std::string_view name;
  std::string_view summary; ///< "centres that are means of their rows"
  std::string_view example; ///< of `lepton train KIND`, what follows KIND
  data_need data = data_need::labelled;
  parameter_table (*parameters)() = nullptr;

  /// Checks everything that can be wrong with data and request; null for
  /// `mlp`, which does not compute in rounds.
  /// @throws std::invalid_argument, data_error
  std::unique_ptr<kind_run> (*make)(const kind_input& input) = nullptr;

  /// @throws data_error for a file whose tensors do not fit
  std::unique_ptr<predictor> (*load)(const model_file& model) = nullptr;

  /// What the data of a job with these parameters have to be; null: `data`.
  data_need (*data_for)(const nlohmann::json& params) = nullptr;

  output_meaning outputs;

  /// What the outputs of this model are; null: `outputs`.
  output_meaning (*meaning)(const model_file& model) = nullptr;

  /// Measures for data with `outputs` of the model; null: there are none.
  nlohmann::json (*evaluate)(const model_file& model,
                             const dataset& data,
                             std::span<const float> outputs) = nullptr;
};

/// All kinds, in the order in which they are listed.
std::span<const model_kind> model_kinds();

/// @returns the kind, or nullptr
const model_kind* find_model_kind(std::string_view name);

/// @throws data_error for a model whose kind this build does not know
const model_kind& kind_of(const model_file& model);

} // namespace models
