#pragma once

// A trained network as other programs see it: a row of numbers goes through
// scaling, projection, image layers and dense layers. Between our model files
// and theirs. Values; any thread.

#include <models/data/pipeline.hpp>
#include <models/io/model_file.hpp>
#include <models/nn/activations.hpp>
#include <models/nn/image_layers.hpp>
#include <models/nn/mlp.hpp>

#include <span>
#include <string>
#include <vector>

namespace formats {

/// What is done to each input: (x - shift) / divisor.
struct scaling_part {
  std::vector<float> shift;
  std::vector<float> divisor; ///< > 0

  bool empty() const { return shift.empty(); }
};

/// y = W x + b.
struct dense_part {
  uint32_t in = 0;
  uint32_t out = 0;
  std::vector<float> weights; ///< out x in, row-major
  std::vector<float> bias;    ///< out
};

/// A layer of images; a convolution has weights, a pool has none.
struct image_part {
  models::image_stage stage;
  std::vector<float> weights; ///< out channel, row, column, in channel
  std::vector<float> bias;    ///< out channels
};

struct network_parts {
  std::string name;
  std::vector<std::string> inputs;    ///< what each input is
  std::vector<std::string> outputs;   ///< classes, or what the numbers are
  scaling_part scaling;               ///< of the inputs; may be empty
  std::vector<dense_part> projection; ///< principal components; none or one
  models::image_shape image;          ///< if there are image layers
  std::vector<image_part> front;
  std::vector<dense_part> dense; ///< hidden layers, then that of the outputs
  models::activation act = models::activation::relu; ///< of hidden layers
  models::output_kind output = models::output_kind::classes;
  /// What predictions of the model do and the parts do not, in words.
  std::vector<std::string> left_out;
};

/// Takes a model of the kind `mlp` or `cnn` apart. Batch normalisation is
/// multiplied into the weights; columns of text are one input a category.
/// @throws models::data_error for a model of another kind, or a damaged one
network_parts take_apart(const models::model_file& model,
                         const std::string& name);

/// The tensors and params of a model with these parts, and a pipeline for
/// numbered columns unless there is one.
/// @param pipeline JSON that fits the parts; empty: one is made from `scaling`
/// @throws models::data_error for sizes that do not fit
models::model_file put_together(const network_parts& parts,
                                const std::string& pipeline);

} // namespace formats
