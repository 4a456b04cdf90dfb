#include <models/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace models {

namespace {

// "perm" in the stream word keeps these keys apart from make_key's users.
constexpr uint32_t permutation_stream = 0x7065726D;

std::array<float, 2> box_muller(uint32_t a, uint32_t b) {
  auto radius = std::sqrt(-2.f * std::log(to_uniform_positive(a)));
  auto angle = 2.f * std::numbers::pi_v<float> * to_uniform(b);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

template <class Block>
void fill(std::span<float> out, Block block) {
  for (size_t i = 0; i < out.size(); i += 4) {
    auto values = block(static_cast<uint32_t>(i / 4));
    auto count = std::min<size_t>(4, out.size() - i);
    std::copy_n(values.begin(), count, out.begin() + static_cast<long>(i));
  }
}

} // namespace

std::array<float, 4> normal4(philox_key key, philox_counter counter) {
  auto b = philox(key, counter);
  auto [x0, x1] = box_muller(b[0], b[1]);
  auto [x2, x3] = box_muller(b[2], b[3]);
  return {x0, x1, x2, x3};
}

void fill_uniform(
  std::span<float> out, philox_key key, uint32_t c1, uint32_t c2, uint32_t c3) {
  fill(out, [=](uint32_t i) { return uniform4(key, {i, c1, c2, c3}); });
}

void fill_normal(
  std::span<float> out, philox_key key, uint32_t c1, uint32_t c2, uint32_t c3) {
  fill(out, [=](uint32_t i) { return normal4(key, {i, c1, c2, c3}); });
}

permutation::permutation(uint64_t seed, uint64_t epoch, uint32_t n) : n_(n) {
  if (n == 0)
    throw std::invalid_argument("permutation of 0 elements: need at least 1");
  auto bits = static_cast<uint32_t>(std::bit_width(n - 1));
  auto left_bits = bits / 2;
  right_bits_ = bits - left_bits; // at most 16
  right_mask_ = (1u << right_bits_) - 1;
  left_mask_ = (1u << left_bits) - 1;
  auto key = make_key(seed, permutation_stream);
  for (uint32_t half = 0; half < 2; ++half) {
    auto block = philox(key, {half, static_cast<uint32_t>(epoch),
                              static_cast<uint32_t>(epoch >> 32), n});
    std::copy(block.begin(), block.end(), keys_.begin() + half * 4);
  }
}

} // namespace models
