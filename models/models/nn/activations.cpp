#include <models/core/words.hpp>
#include <models/nn/activations.hpp>
#include <models/nn/simd.hpp>

#include <stdexcept>
#include <unsupported/Eigen/SpecialFunctions>

namespace models {

namespace {

using namespace simd;

constexpr float leak = 0.01f;
constexpr enum_words<activation, 5> words{
  "activation", {"relu", "sigmoid", "tanh", "leaky_relu", "gelu"}};

/// The normal distribution's share below x.
vec share_below(vec x) {
  auto erf = Eigen::internal::generic_fast_erf_float(pmul(x, all(0.70710678f)));
  return pmadd(all(0.5f), erf, all(0.5f));
}

void gelu(std::span<float> z) {
  for (size_t i = 0; i < z.size(); i += width) {
    auto x = load(&z[i]);
    pstoreu(&z[i], pmul(x, share_below(x)));
  }
}

void gelu(std::span<float> z, float* slopes) {
  constexpr float density_at_0 = 0.39894228f;
  for (size_t i = 0; i < z.size(); i += width) {
    auto x = load(&z[i]);
    auto share = share_below(x);
    auto density = pmul(all(density_at_0), pexp(pmul(all(-0.5f), pmul(x, x))));
    pstoreu(&z[i], pmul(x, share));
    pstoreu(slopes + i, pmadd(x, density, share));
  }
}

/// The derivatives of those whose activation tells.
void derive(activation act, std::span<const float> a, float* d) {
  switch (act) {
  case activation::relu:
    for (size_t i = 0; i < a.size(); ++i)
      d[i] = a[i] <= 0 ? 0.0f : 1.0f;
    return;
  case activation::leaky_relu:
    for (size_t i = 0; i < a.size(); ++i)
      d[i] = a[i] <= 0 ? leak : 1.0f;
    return;
  case activation::sigmoid:
    for (size_t i = 0; i < a.size(); ++i)
      d[i] = a[i] * (1 - a[i]);
    return;
  default:
    for (size_t i = 0; i < a.size(); ++i)
      d[i] = 1 - a[i] * a[i];
  }
}

} // namespace

std::string to_string(activation act) {
  return words.word_of(act);
}

activation activation_from(std::string_view word) {
  return words.value_of(word);
}

void logistic(std::span<float> z) {
  for (size_t i = 0; i < z.size(); i += width) {
    auto x = load(&z[i]);
    auto e = pexp(psub(all(0), x));
    auto a = pdiv(all(1), padd(all(1), e));
    pstoreu(&z[i], pmadd(x, all(0), a));
  }
}

void activate(activation act, std::span<float> z) {
  switch (act) {
  case activation::relu:
    for (auto& x : z)
      x = x <= 0 ? 0 : x;
    return;
  case activation::leaky_relu:
    for (auto& x : z)
      x = x <= 0 ? leak * x : x;
    return;
  case activation::sigmoid:
    return logistic(z);
  case activation::tanh:
    for (size_t i = 0; i < z.size(); i += width) {
      auto x = load(&z[i]);
      pstoreu(&z[i], pmadd(x, all(0), Eigen::internal::ptanh(x)));
    }
    return;
  case activation::gelu:
    return gelu(z);
  }
}

void activate(activation act, std::span<float> z, float* slopes) {
  if (act == activation::gelu)
    return gelu(z, slopes);
  activate(act, z);
  derive(act, z, slopes);
}

} // namespace models
