#include <models/nn/outputs.hpp>
#include <models/nn/simd.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace models {

namespace {

using namespace simd;

struct softmax_result {
  uint32_t best = 0; ///< class of the greatest probability, the first of equal
  float log_sum = 0; ///< log of the sum of exp, or not a number
};

/// Replaces a padded row of sums by probabilities, its padding by zeros.
softmax_result softmax(std::span<float> z, size_t classes) {
  softmax_result result;
  float finite = 0;
  for (uint32_t i = 0; i < classes; ++i) {
    finite += z[i] * 0;
    if (z[i] > z[result.best])
      result.best = i;
  }
  auto top = z[result.best];
  for (size_t i = 0; i < z.size(); i += width)
    pstoreu(&z[i], pexp(psub(load(&z[i]), all(top))));
  for (size_t i = classes; i < z.size(); ++i)
    z[i] = 0;
  auto sums = all(finite);
  for (size_t i = 0; i < z.size(); i += width)
    sums = padd(sums, load(&z[i]));
  auto sum = Eigen::internal::predux(sums);
  for (size_t i = 0; i < z.size(); i += width)
    pstoreu(&z[i], pdiv(load(&z[i]), all(sum)));
  auto log_sum = Eigen::internal::pfirst(plog(all(sum)));
  result.log_sum = std::isfinite(sum) ? top + log_sum
                                      : std::numeric_limits<float>::quiet_NaN();
  return result;
}

void clear_padding(std::span<float> z, size_t outputs) {
  std::fill(z.begin() + static_cast<ptrdiff_t>(outputs), z.end(), 0.0f);
}

/// log(1 + exp(z)) without overflow.
float softplus(float z) {
  auto tail =
    Eigen::internal::pfirst(plog(padd(all(1), pexp(all(-std::abs(z))))));
  return std::max(z, 0.0f) + tail + z * 0;
}

/// Binary cross-entropy, from the sums.
row_result
judge_flags(std::span<float> z, size_t outputs, const float* target) {
  row_result result;
  result.hit = true;
  for (size_t i = 0; i < outputs; ++i) {
    result.loss += static_cast<double>(softplus(z[i]) - target[i] * z[i]);
    result.hit &= (z[i] > 0) == (target[i] > 0.5f);
  }
  result.loss /= static_cast<double>(outputs);
  return result;
}

double error_loss(output_kind kind, double error) {
  auto size = std::abs(error);
  if (kind == output_kind::squared)
    return error * error;
  if (kind == output_kind::absolute)
    return size;
  return size > 1 ? size - 0.5 : 0.5 * error * error;
}

float error_slope(output_kind kind, float error) {
  if (kind == output_kind::squared)
    return 2 * error;
  if (kind == output_kind::absolute)
    return error > 0 ? 1.0f : error < 0 ? -1.0f : error; // keeps not-a-number
  return error > 1 ? 1.0f : error < -1 ? -1.0f : error;
}

} // namespace

uint32_t finish_outputs(output_kind kind, std::span<float> z, size_t outputs) {
  if (kind == output_kind::classes)
    return softmax(z, outputs).best;
  if (kind == output_kind::flags)
    logistic(z);
  clear_padding(z, outputs);
  return 0;
}

row_result judge_outputs(output_kind kind,
                         std::span<float> z,
                         size_t outputs,
                         const row_truth& truth,
                         size_t row) {
  row_result result;
  if (kind == output_kind::classes) {
    auto label = static_cast<uint32_t>(truth.labels[row]);
    auto own = z[label];
    auto found = softmax(z, outputs);
    result.loss = static_cast<double>(found.log_sum - own);
    result.best = found.best;
    result.hit = found.best == label;
    return result;
  }
  auto target = truth.targets[row];
  if (kind == output_kind::flags) {
    result = judge_flags(z, outputs, target);
  } else {
    for (size_t i = 0; i < outputs; ++i)
      result.loss += error_loss(kind, static_cast<double>(z[i] - target[i]));
    result.loss /= static_cast<double>(outputs);
  }
  finish_outputs(kind, z, outputs);
  return result;
}

void derive_outputs(output_kind kind,
                    std::span<float> z,
                    size_t outputs,
                    const row_truth& truth,
                    size_t row,
                    float scale) {
  if (kind == output_kind::classes) {
    z[static_cast<uint32_t>(truth.labels[row])] -= 1;
    for (auto& x : z)
      x *= scale;
    return;
  }
  auto target = truth.targets[row];
  scale /= static_cast<float>(outputs);
  for (size_t i = 0; i < outputs; ++i) {
    auto error = z[i] - target[i];
    z[i] =
      scale * (kind == output_kind::flags ? error : error_slope(kind, error));
  }
}

} // namespace models
