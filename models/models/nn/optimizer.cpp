#include <models/nn/optimizer.hpp>
#include <models/nn/simd.hpp>

#include <cassert>
#include <stdexcept>
#include <string>

namespace models {

namespace {

using namespace simd;

void require(bool good, const char* what) {
  if (!good)
    throw std::invalid_argument(std::string("optimizer: ") + what);
}

/// x to the power n by squaring: `std::pow` may differ between machines.
double power(double x, uint64_t n) {
  double result = 1;
  for (; n > 0; n >>= 1, x *= x)
    if (n & 1)
      result *= x;
  return result;
}

void apply_sgd(float rate,
               std::span<const float> w,
               std::span<const float> g,
               std::span<float> out) {
  for (size_t i = 0; i < w.size(); i += width)
    pstoreu(&out[i], psub(load(&w[i]), pmul(all(rate), load(&g[i]))));
}

void apply_adam(const optimizer_config& c,
                uint64_t step,
                const optimizer_slice<const float>& before,
                std::span<const float> g,
                const optimizer_slice<float>& after) {
  auto correction1 = static_cast<float>(1 / (1 - power(c.beta1, step)));
  auto correction2 = static_cast<float>(1 / (1 - power(c.beta2, step)));
  auto keep1 = all(c.beta1), take1 = all(1 - c.beta1);
  auto keep2 = all(c.beta2), take2 = all(1 - c.beta2);
  auto rate = all(c.rate * correction1), unbias2 = all(correction2);
  auto epsilon = all(c.epsilon);
  for (size_t i = 0; i < g.size(); i += width) {
    auto x = load(&g[i]);
    auto m = pmadd(keep1, load(&before.m[i]), pmul(take1, x));
    auto v = pmadd(keep2, load(&before.v[i]), pmul(take2, pmul(x, x)));
    auto scale = padd(simd::sqrt(pmul(v, unbias2)), epsilon);
    auto w = psub(load(&before.w[i]), pdiv(pmul(rate, m), scale));
    pstoreu(&after.m[i], m);
    pstoreu(&after.v[i], v);
    pstoreu(&after.w[i], w);
  }
}

} // namespace

void check(const optimizer_config& c) {
  require(c.rule <= optimizer::adam, "rule must be sgd or adam");
  require(c.rate > 0 && c.rate <= 1e6f, "rate must be greater than 0");
  require(c.beta1 >= 0 && c.beta1 < 1, "beta1 must be in [0, 1)");
  require(c.beta2 >= 0 && c.beta2 < 1, "beta2 must be in [0, 1)");
  require(c.epsilon > 0 && c.epsilon <= 1, "epsilon must be in (0, 1]");
}

void apply(const optimizer_config& config,
           uint64_t step,
           const optimizer_slice<const float>& before,
           std::span<const float> gradient,
           const optimizer_slice<float>& after) {
  assert(gradient.size() % line == 0 && step > 0);
  assert(before.w.size() == gradient.size());
  assert(after.w.size() == gradient.size());
  if (config.rule == optimizer::sgd)
    apply_sgd(config.rate, before.w, gradient, after.w);
  else
    apply_adam(config, step, before, gradient, after);
}

} // namespace models
