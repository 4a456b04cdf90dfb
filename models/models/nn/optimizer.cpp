#include <models/core/power.hpp>
#include <models/core/words.hpp>
#include <models/nn/optimizer.hpp>
#include <models/nn/simd.hpp>

#include <cassert>
#include <stdexcept>
#include <string>

namespace models {

namespace {

using namespace simd;

constexpr enum_words<optimizer, 6> words{
  "optimizer", {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"}};

void require(bool good, const char* what) {
  if (!good)
    throw std::invalid_argument(std::string("optimizer: ") + what);
}

/// The gradient of the loss with its penalties on the weights.
struct penalty {
  explicit penalty(const optimizer_config& c)
    : any(c.l1 > 0 || c.l2 > 0), l1(all(c.l1)), l2(all(c.l2)) {}

  vec operator()(vec gradient, vec w) const {
    if (!any)
      return gradient;
    auto up = Eigen::internal::pand(Eigen::internal::pcmp_lt(all(0), w), l1);
    auto down = Eigen::internal::pand(Eigen::internal::pcmp_lt(w, all(0)), l1);
    return padd(pmadd(l2, w, gradient), psub(up, down));
  }

  bool any;
  vec l1;
  vec l2;
};

void apply_sgd(const optimizer_config& c,
               const optimizer_slice<const float>& before,
               std::span<const float> g,
               const optimizer_slice<float>& after) {
  penalty with_penalty(c);
  auto rate = all(c.rate), keep = all(c.momentum);
  for (size_t i = 0; i < g.size(); i += width) {
    auto w = load(&before.w[i]);
    auto x = with_penalty(load(&g[i]), w);
    if (c.rule != optimizer::sgd) {
      auto m = pmadd(keep, load(&before.m[i]), x);
      pstoreu(&after.m[i], m);
      x = c.rule == optimizer::nesterov ? pmadd(keep, m, x) : m;
    }
    pstoreu(&after.w[i], psub(w, pmul(rate, x)));
  }
}

void apply_rmsprop(const optimizer_config& c,
                   const optimizer_slice<const float>& before,
                   std::span<const float> g,
                   const optimizer_slice<float>& after) {
  penalty with_penalty(c);
  auto rate = all(c.rate), keep = all(c.rho), take = all(1 - c.rho);
  for (size_t i = 0; i < g.size(); i += width) {
    auto w = load(&before.w[i]);
    auto x = with_penalty(load(&g[i]), w);
    auto v = pmadd(keep, load(&before.v[i]), pmul(take, pmul(x, x)));
    auto scale = padd(simd::sqrt(v), all(c.epsilon));
    pstoreu(&after.v[i], v);
    pstoreu(&after.w[i], psub(w, pdiv(pmul(rate, x), scale)));
  }
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
  auto kept = all(c.rule == optimizer::adamw ? 1 - c.rate * c.decay : 1);
  penalty with_penalty(c);
  for (size_t i = 0; i < g.size(); i += width) {
    auto old = load(&before.w[i]);
    auto x = with_penalty(load(&g[i]), old);
    auto m = pmadd(keep1, load(&before.m[i]), pmul(take1, x));
    auto v = pmadd(keep2, load(&before.v[i]), pmul(take2, pmul(x, x)));
    auto scale = padd(simd::sqrt(pmul(v, unbias2)), epsilon);
    auto w = psub(pmul(kept, old), pdiv(pmul(rate, m), scale));
    pstoreu(&after.m[i], m);
    pstoreu(&after.v[i], v);
    pstoreu(&after.w[i], w);
  }
}

} // namespace

std::string to_string(optimizer rule) {
  return words.word_of(rule);
}

optimizer optimizer_from(std::string_view word) {
  return words.value_of(word);
}

void check(const optimizer_config& c) {
  require(c.rule <= optimizer::adamw, "unknown rule");
  require(c.rate > 0 && c.rate <= 1e6f, "rate must be greater than 0");
  require(c.beta1 >= 0 && c.beta1 < 1, "beta1 must be in [0, 1)");
  require(c.beta2 >= 0 && c.beta2 < 1, "beta2 must be in [0, 1)");
  require(c.epsilon > 0 && c.epsilon <= 1, "epsilon must be in (0, 1]");
  require(c.momentum >= 0 && c.momentum < 1, "momentum must be in [0, 1)");
  require(c.rho >= 0 && c.rho < 1, "rho must be in [0, 1)");
  require(c.decay >= 0 && c.decay <= 1, "decay must be in [0, 1]");
  require(c.l1 >= 0 && c.l1 <= 1e6f, "l1 must be at least 0");
  require(c.l2 >= 0 && c.l2 <= 1e6f, "l2 must be at least 0");
}

optimizer_config without_decay(optimizer_config config) {
  config.decay = config.l1 = config.l2 = 0;
  return config;
}

void apply(const optimizer_config& config,
           uint64_t step,
           const optimizer_slice<const float>& before,
           std::span<const float> gradient,
           const optimizer_slice<float>& after) {
  assert(gradient.size() % line == 0 && step > 0);
  assert(before.w.size() == gradient.size());
  assert(after.w.size() == gradient.size());
  switch (config.rule) {
  case optimizer::adam:
  case optimizer::adamw:
    return apply_adam(config, step, before, gradient, after);
  case optimizer::rmsprop:
    return apply_rmsprop(config, before, gradient, after);
  default:
    return apply_sgd(config, before, gradient, after);
  }
}

} // namespace models
