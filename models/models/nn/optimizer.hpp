#pragma once

// Optimisers over any part of a block of parameters. Element by element: the
// bits do not depend on how the block is cut, nor on alignment.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace models {

/// How a gradient g becomes a step of the weights w, at the rate r.
enum class optimizer : uint8_t {
  sgd,      ///< w -= r g
  momentum, ///< m = momentum m + g; w -= r m
  nesterov, ///< m likewise; w -= r (g + momentum m)
  rmsprop,  ///< v = rho v + (1 - rho) g^2; w -= r g / (sqrt(v) + epsilon)
  adam,     ///< means of g and g^2, corrected for their start at zero
  adamw,    ///< adam, after w -= r decay w
};

/// "sgd", "momentum", "nesterov", "rmsprop", "adam" or "adamw".
std::string to_string(optimizer rule);

/// The inverse of `to_string`; throws `std::invalid_argument`.
optimizer optimizer_from(std::string_view word);

/// A rule and its constants.
struct optimizer_config {
  optimizer rule = optimizer::adam;
  float rate = 0.001f;   ///< learning rate, > 0
  float beta1 = 0.9f;    ///< of adam(w): memory of the mean, [0, 1)
  float beta2 = 0.999f;  ///< of adam(w): memory of the square, [0, 1)
  float epsilon = 1e-8f; ///< of adam(w) and rmsprop: > 0
  float momentum = 0.9f; ///< of momentum and nesterov: [0, 1)
  float rho = 0.9f;      ///< of rmsprop: memory of the square, [0, 1)
  float decay = 0.01f;   ///< of adamw: [0, 1]
  float l1 = 0;          ///< times |w| is added to the loss of a step, >= 0
  float l2 = 0;          ///< times w^2 / 2 likewise

  friend bool operator==(const optimizer_config&,
                         const optimizer_config&) = default;
};

/// @throws std::invalid_argument naming the member and its range
void check(const optimizer_config& config);

/// The same without what pulls weights to zero: for biases.
optimizer_config without_decay(optimizer_config config);

/// Part of the state of a training. Rules leave alone what they do not use.
template <class Float>
struct optimizer_slice {
  std::span<Float> w; ///< parameters
  std::span<Float> m; ///< momentum, or the mean of the gradient
  std::span<Float> v; ///< mean of its square
};

/// Applies one step.
/// @param step 1 for the first step of a training
/// @param before,after of equal size, a multiple of 16; may be the same memory
/// @param gradient summed over the batch; L1 and L2 are added to it here
/// Source: Sutskever et al. (2013), "On the importance of initialization and
/// momentum", as PyTorch writes it; Tieleman, Hinton (2012), "RMSProp"; Kingma,
/// Ba (2015), "Adam: a method for stochastic optimization", algorithm 1;
/// Loshchilov, Hutter (2019), "Decoupled weight decay regularization".
void apply(const optimizer_config& config,
           uint64_t step,
           const optimizer_slice<const float>& before,
           std::span<const float> gradient,
           const optimizer_slice<float>& after);

} // namespace models
