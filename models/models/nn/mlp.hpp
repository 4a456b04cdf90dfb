#pragma once

// The multilayer perceptron: its shape and how its parameters lie in memory.
// The computations are in `mlp_pass.hpp`. Plain values, any thread.

#include <models/nn/activations.hpp>
#include <models/nn/image_layers.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace models {

/// What the outputs are, and the loss that goes with it.
enum class output_kind : uint8_t {
  classes,  ///< softmax, cross-entropy
  flags,    ///< each on its own: sigmoid, binary cross-entropy, mean over them
  squared,  ///< numbers, squared error, mean over them
  absolute, ///< numbers, absolute error
  huber,    ///< numbers, squared error / 2 up to 1, beyond it |error| - 1/2
};

/// "classes", "flags", "squared", "absolute" or "huber".
std::string to_string(output_kind kind);

/// The inverse of `to_string`; throws `std::invalid_argument`.
output_kind output_kind_from(std::string_view word);

/// Whether the outputs are numbers as they are.
constexpr bool is_regression(output_kind kind) {
  return kind >= output_kind::squared;
}

/// The shape of a network of dense layers, which convolution and pooling
/// layers may precede.
struct mlp_config {
  uint32_t inputs = 0;               ///< features of a row, 1..2^20
  std::vector<uint32_t> hidden = {}; ///< units of each hidden layer; <= 16
                                     ///< layers of 1..65536, none is
                                     ///< logistic or linear regression
  uint32_t outputs = 0;              ///< 1..65536, classes: 2..65536
  activation act = activation::relu; ///< of every hidden layer
  float dropout = 0; ///< share of hidden dense units left out in training,
                     ///< [0, 1)
  output_kind output = output_kind::classes;
  bool norm = false;      ///< batch normalisation of hidden dense layers
  image_shape image = {}; ///< of a row, if there is a front
  std::vector<image_layer> front = {}; ///< layers before the dense ones, <= 16

  friend bool operator==(const mlp_config&, const mlp_config&) = default;
};

/// Checks the ranges above and that there are at most 2^28 parameters.
/// @throws std::invalid_argument naming the member and its range
void check(const mlp_config& config);

/// Where a dense layer lies in the block of parameters: `in` rows of `stride`
/// floats (the weights of one input to all units), then one row of biases, and
/// with batch normalisation rows of scales, running means and variances. The
/// columns from `out` to `stride` are padding and stay zero.
struct dense_layer {
  uint32_t in;           ///< inputs
  uint32_t out;          ///< units
  uint32_t stride;       ///< floats of a row: `out` rounded up to 16
  size_t offset;         ///< of the weights in the block, in floats; times 16
  uint32_t trace_stride; ///< floats of a row of activations or deltas
  size_t trace_before;   ///< floats a batch row has in the layers before
  bool norm = false;     ///< with batch normalisation

  /// Rows of the layer in the block.
  uint32_t rows() const { return in + (norm ? 4 : 1); }

  /// Offset of the biases in the block.
  size_t bias() const { return offset + size_t{in} * stride; }

  /// Offsets of what batch normalisation multiplies by, and of the means and
  /// variances that predictions use. @pre norm
  size_t scale() const { return bias() + stride; }

  size_t mean() const { return bias() + 2 * size_t{stride}; }

  size_t variance() const { return bias() + 3 * size_t{stride}; }
};

/// Rows of the block that the optimiser treats alike: those of one layer.
struct parameter_group {
  size_t offset;    ///< of the first row in the block
  uint32_t stride;  ///< floats of a row
  uint32_t weights; ///< the first rows, the only ones that L1, L2 and weight
                    ///< decay act upon
  uint32_t trained; ///< rows that follow the gradient: weights, biases, scales
  uint32_t rows;    ///< all; those after `trained` are running statistics
};

/// The layers of a network and the sizes that follow from them.
class mlp_layout {
public:
  /// @throws std::invalid_argument as `check`
  explicit mlp_layout(mlp_config config);

  const mlp_config& config() const { return config_; }

  /// The dense layers.
  std::span<const dense_layer> layers() const { return layers_; }

  /// The convolution and pooling layers before them, mostly none.
  std::span<const image_stage> front() const { return front_; }

  /// The layers that have parameters: convolutions, then dense ones.
  std::span<const parameter_group> groups() const { return groups_; }

  /// The index in `front()` of the convolution that group `group` is, or the
  /// index in `layers()`.
  struct place {
    bool dense;
    size_t index;
  };

  place place_of(size_t group) const;

  /// Floats of the block of parameters, padding included; a multiple of 16.
  size_t parameters() const { return parameters_; }

  /// Floats that training leaves per batch row, see `mlp_trace`; times 16.
  size_t trace_floats() const { return trace_floats_; }

  /// The largest `trace_stride`.
  size_t widest() const { return widest_; }

  /// The passes over a batch between which all its rows must be complete: 1,
  /// or with batch normalisation 2 for each hidden layer and 1.
  uint32_t stages() const;

private:
  void add_front();
  void add_dense();

  mlp_config config_;
  std::vector<dense_layer> layers_;
  std::vector<image_stage> front_;
  std::vector<parameter_group> groups_;
  std::vector<size_t> convolutions_; ///< indices in `front_`
  size_t parameters_ = 0;
  size_t trace_floats_ = 0;
  size_t widest_ = 0;
};

/// A named matrix or vector as model files have it: rows without padding.
struct named_tensor {
  std::string name;
  std::vector<size_t> shape;
  std::vector<float> values; ///< row-major

  friend bool operator==(const named_tensor&, const named_tensor&) = default;
};

/// The first weights of a training: uniform in +-sqrt(6 / in) for relu,
/// and its kin, +-sqrt(6 / (in + out)) otherwise; biases zero. A pure function
/// of the seed.
/// @returns a block of `layout.parameters()` floats
/// Source: He et al. (2015), "Delving deep into rectifiers"; Glorot, Bengio
/// (2010), "Understanding the difficulty of training deep networks".
std::vector<float> initial_parameters(const mlp_layout& layout, uint64_t seed);

/// Takes a block apart: `layer0.weight` [out, in], `layer0.bias` [out],
/// `layer1.weight` ... (the orientation of PyTorch's `Linear`); with batch
/// normalisation also `layer0.norm.weight`, `.mean` and `.variance` [out],
/// where the bias is what is added after it. Convolutions are `conv0.weight`
/// [out, height, width, in] and `conv0.bias`.
/// @param prefix goes before each name
/// @throws std::invalid_argument if the block has another size
std::vector<named_tensor> export_parameters(const mlp_layout& layout,
                                            std::span<const float> block,
                                            const std::string& prefix = "");

/// The reverse of `export_parameters`; other tensors are ignored.
/// @throws std::invalid_argument for a missing tensor or a wrong shape
std::vector<float> import_parameters(const mlp_layout& layout,
                                     std::span<const named_tensor> tensors,
                                     const std::string& prefix = "");

} // namespace models
