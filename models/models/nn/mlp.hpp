#pragma once

// The multilayer perceptron: its shape and how its parameters lie in memory.
// The computations are in `mlp_pass.hpp`. Plain values, any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace models {

/// What a hidden unit makes of its sum.
enum class activation : uint8_t { relu, sigmoid, tanh };

/// The shape of a network of dense layers whose output is a softmax.
struct mlp_config {
  uint32_t inputs = 0;               ///< features of a row, 1..2^20
  std::vector<uint32_t> hidden = {}; ///< units of each hidden layer; <= 16
                                     ///< layers of 1..65536, none is
                                     ///< logistic regression
  uint32_t outputs = 0;              ///< classes, 2..65536
  activation act = activation::relu; ///< of every hidden layer
  float dropout = 0; ///< share of hidden units left out in training, [0, 1)

  friend bool operator==(const mlp_config&, const mlp_config&) = default;
};

/// Checks the ranges above and that there are at most 2^28 parameters.
/// @throws std::invalid_argument naming the member and its range
void check(const mlp_config& config);

/// Where a layer lies in the block of parameters: `in` rows of `stride` floats
/// (the weights of one input to all units), then one row of biases. The
/// columns from `out` to `stride` are padding and stay zero.
struct dense_layer {
  uint32_t in;           ///< inputs
  uint32_t out;          ///< units
  uint32_t stride;       ///< floats of a row: `out` rounded up to 16
  size_t offset;         ///< of the weights in the block, in floats; times 16
  uint32_t trace_stride; ///< floats of a row of activations or deltas
  size_t trace_before;   ///< floats a batch row has in the layers before

  /// Rows of the layer in the block: the weights' and the biases'.
  uint32_t rows() const { return in + 1; }

  /// Offset of the biases in the block.
  size_t bias() const { return offset + size_t{in} * stride; }
};

/// The layers of a network and the sizes that follow from them.
class mlp_layout {
public:
  /// @throws std::invalid_argument as `check`
  explicit mlp_layout(mlp_config config);

  const mlp_config& config() const { return config_; }

  std::span<const dense_layer> layers() const { return layers_; }

  /// Floats of the block of parameters, padding included; a multiple of 16.
  size_t parameters() const { return parameters_; }

  /// Floats that training leaves per batch row, see `mlp_trace`; times 16.
  size_t trace_floats() const { return trace_floats_; }

  /// The largest `trace_stride`.
  size_t widest() const { return widest_; }

private:
  mlp_config config_;
  std::vector<dense_layer> layers_;
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
/// +-sqrt(6 / (in + out)) otherwise; biases zero. A pure function of the seed.
/// @returns a block of `layout.parameters()` floats
/// Source: He et al. (2015), "Delving deep into rectifiers"; Glorot, Bengio
/// (2010), "Understanding the difficulty of training deep networks".
std::vector<float> initial_parameters(const mlp_layout& layout, uint64_t seed);

/// Takes a block apart: `layer0.weight` [out, in], `layer0.bias` [out],
/// `layer1.weight` ... (the orientation of PyTorch's `Linear`).
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
