#pragma once

// What hidden units make of their sums. Any thread; an element's bits depend
// on its sum alone. Not-a-number stays what it is, so that a training that
// diverged shows it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace models {

/// What a hidden unit makes of its sum z.
enum class activation : uint8_t {
  relu,       ///< max(z, 0)
  sigmoid,    ///< 1 / (1 + exp(-z))
  tanh,       ///< tanh(z)
  leaky_relu, ///< z, or 0.01 z below 0
  gelu,       ///< z times the normal distribution's share below z
};

inline constexpr activation last_activation = activation::gelu;

/// "relu", "sigmoid", "tanh", "leaky_relu" or "gelu".
std::string to_string(activation act);

/// The inverse of `to_string`; throws `std::invalid_argument`.
activation activation_from(std::string_view word);

/// Replaces sums by activations.
/// @param z of a size that is a multiple of 16
/// Source: Maas, Hannun, Ng (2013), "Rectifier nonlinearities improve neural
/// network acoustic models"; Hendrycks, Gimpel (2016), "Gaussian error linear
/// units" (the exact form).
void activate(activation act, std::span<float> z);

/// The same, and the derivatives of the activations by their sums.
/// @param[out] slopes z.size() floats
void activate(activation act, std::span<float> z, float* slopes);

/// Replaces sums by 1 / (1 + exp(-z)); of a size as above.
void logistic(std::span<float> z);

} // namespace models
