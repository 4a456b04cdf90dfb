#pragma once

// The computations of convolution and pooling layers, one row (image) at a
// time. The bits do not depend on how rows or parameters are cut into calls.
// Any thread, each with a workspace of its own.

#include <models/nn/mlp.hpp>

#include <vector>

namespace models {

/// Scratch memory of one worker for the front of one layout.
class front_workspace {
public:
  explicit front_workspace(const mlp_layout& layout);

  std::vector<float> padded;  ///< an image with zeros around it
  std::vector<float> patches; ///< what the kernel sees at some pixels
  std::vector<float> sums;    ///< of some pixels
  std::vector<float> flow[2]; ///< derivatives by a stage's output
  std::vector<float> turned;  ///< transposed weights of all stages
  std::vector<float> ones;
  std::vector<float> row; ///< activations of one row, for predictions
};

/// Where the front of a batch row lies: in the trace of `rows` rows.
struct front_row {
  float* data;
  size_t rows;
  size_t index;

  float* activations(const image_stage& stage) const {
    return data + stage.activations * rows + index * stage.activation_floats();
  }

  float* deltas(const image_stage& stage) const {
    return data + stage.deltas * rows + index * stage.delta_floats();
  }
};

/// Forward pass of a row.
/// @param x the image, `image.floats()` floats
/// @param slopes whether the derivatives of the activations are left where the
///        deltas will be
void forward_front(const mlp_layout& layout,
                   std::span<const float> params,
                   const float* x,
                   const front_row& at,
                   bool slopes,
                   front_workspace& work);

/// Transposes the weights, for `backward_front`.
void turn_weights(const mlp_layout& layout,
                  std::span<const float> params,
                  front_workspace& work);

/// Backward pass of a row: completes the deltas. @pre `turn_weights`
/// @param flow derivatives of the loss by the last stage's activations
void backward_front(const mlp_layout& layout,
                    std::span<const float> flow,
                    const front_row& at,
                    front_workspace& work);

/// Adds a row's part of the gradient by rows [first, last) of a convolution.
/// @param x the image
/// @param[in,out] out (last - first) x `stride` floats
void add_front_gradient(const mlp_layout& layout,
                        size_t stage,
                        uint32_t first,
                        uint32_t last,
                        const float* x,
                        const front_row& at,
                        std::span<float> out,
                        front_workspace& work);

} // namespace models
