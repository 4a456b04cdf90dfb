#pragma once

// A trained model as one file: safetensors, whose metadata say what the tensors
// are. Any kind of model: what is particular to one is its `params`.

#include <models/io/tensor.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace models {

/// Everything that is needed to use a model and to say where it came from. The
/// JSON texts are objects; who wrote them reads them.
struct model_file {
  /// Version of the file's layout, not of the model.
  static constexpr int format = 1;

  std::string kind;                 ///< "mlp", ...: who can use it
  std::string params = "{}";        ///< JSON: of the kind, see `mlp_params`
  std::vector<std::string> classes; ///< in the order of the outputs
  std::string pipeline = "{}";      ///< JSON: see `pipeline_from_json`
  uint64_t seed = 0;
  std::string metrics = "{}"; ///< JSON: as in the job's record
  std::string data_sha256;    ///< of the training data, or empty
  tensor_map tensors;         ///< the weights
};

/// The bytes of a model file. Throws `std::invalid_argument` for an empty kind,
/// a text that is not a JSON object, and what `write_safetensors` refuses.
std::string write_model(const model_file& model);

/// Reads a model file, strictly, see `read_safetensors`.
/// @param kind the kind that the caller can use; empty: any
/// @param path shown in errors
/// Throws `data_error` that names the file and what is wrong: another kind,
/// another format version, no model at all, a missing or unknown field.
model_file read_model(std::string_view bytes,
                      std::string_view kind,
                      const std::string& path = "model");

/// The tensor `name` if it has this type and shape. Throws `data_error` naming
/// both shapes.
const tensor& tensor_of(const model_file& model,
                        const std::string& name,
                        dtype type,
                        const std::vector<uint64_t>& shape);

/// The params of the kinds "mlp" and "cnn".
struct mlp_params {
  std::vector<uint32_t>
    layers;               ///< inputs, hidden ..., outputs; 2 to 64 of them
  std::string activation; ///< of the hidden layers
  std::string output = "classes"; ///< see `output_kind`
  bool norm = false; ///< hidden dense layers have batch normalisation
  std::vector<std::string> front = {}; ///< layers of images, see `image_layer`
  std::vector<uint32_t> image = {};    ///< height, width, channels; or empty
};

/// As JSON, and back; the latter throws `data_error` naming the field. All but
/// the first two may be missing.
std::string to_json(const mlp_params& params);
mlp_params mlp_params_from_json(std::string_view json);

} // namespace models
