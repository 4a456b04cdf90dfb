#pragma once

// Counter-based randomness: every number is a pure function of a key (from a
// seed) and a counter (epoch, step, shard, index ...). Nothing here has state,
// so it does not matter who draws a number, how often, or after which crash.
// All functions may be called from any thread.

#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <span>

namespace models {

/// The key of one family of random numbers, see `make_key`.
struct philox_key {
  uint32_t k0 = 0;
  uint32_t k1 = 0;

  friend bool operator==(const philox_key&, const philox_key&) = default;
};

/// 128 bits that say which block of a family is meant.
using philox_counter = std::array<uint32_t, 4>;

/// One block: 128 random bits.
using philox_block = std::array<uint32_t, 4>;

/// Philox4x32-10: 128 random bits for `counter` under `key`.
/// Cost: Equal to Random123 on its known answers.
/// Source: Salmon, Moraes, Dror, Shaw (2011), "Parallel random numbers: as
/// easy as 1, 2, 3", SC'11.
constexpr philox_block philox(philox_key key, philox_counter counter) {
  constexpr uint64_t multiplier0 = 0xD2511F53;
  constexpr uint64_t multiplier1 = 0xCD9E8D57;
  constexpr uint32_t weyl0 = 0x9E3779B9; // golden ratio
  constexpr uint32_t weyl1 = 0xBB67AE85; // sqrt(3) - 1
  auto [c0, c1, c2, c3] = counter;
  for (int round = 0; round < 10; ++round) {
    auto p0 = multiplier0 * c0;
    auto p1 = multiplier1 * c2;
    c0 = static_cast<uint32_t>(p1 >> 32) ^ c1 ^ key.k0;
    c1 = static_cast<uint32_t>(p1);
    c2 = static_cast<uint32_t>(p0 >> 32) ^ c3 ^ key.k1;
    c3 = static_cast<uint32_t>(p0);
    key.k0 += weyl0;
    key.k1 += weyl1;
  }
  return {c0, c1, c2, c3};
}

/// The key of `stream` under `seed`: streams (weights, dropout, order of the
/// samples, split ...) of one seed are independent of each other.
constexpr philox_key make_key(uint64_t seed, uint32_t stream) {
  auto b =
    philox({static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)},
           {stream, 0, 0, 0});
  return {b[0], b[1]};
}

/// Maps 32 random bits to [0, 1): 24 bits, every value exact.
constexpr float to_uniform(uint32_t bits) {
  return static_cast<float>(bits >> 8) * 0x1p-24f;
}

/// Maps 32 random bits to (0, 1], for logarithms.
constexpr float to_uniform_positive(uint32_t bits) {
  return static_cast<float>((bits >> 8) + 1) * 0x1p-24f;
}

/// Four floats of [0, 1), one per word of the block.
constexpr std::array<float, 4> uniform4(philox_key key,
                                        philox_counter counter) {
  auto b = philox(key, counter);
  return {to_uniform(b[0]), to_uniform(b[1]), to_uniform(b[2]),
          to_uniform(b[3])};
}

/// Four floats of the standard normal distribution, from one block.
/// Source: Box, Muller (1958), "A note on the generation of random normal
/// deviates".
std::array<float, 4> normal4(philox_key key, philox_counter counter);

/// Fills `out` with floats of [0, 1): element i is word i % 4 of the block with
/// counter {i / 4, c1, c2, c3}, so a part filled alone has the same values.
void fill_uniform(std::span<float> out,
                  philox_key key,
                  uint32_t c1 = 0,
                  uint32_t c2 = 0,
                  uint32_t c3 = 0);

/// As `fill_uniform`, for the standard normal distribution.
void fill_normal(std::span<float> out,
                 philox_key key,
                 uint32_t c1 = 0,
                 uint32_t c2 = 0,
                 uint32_t c3 = 0);

/// A pseudo-random permutation of [0, n) that is computed, not stored: the
/// order of the samples in an epoch, at O(1) memory.
/// A Feistel network over the next power of two, walked along its cycle until
/// it lands below n (fewer than two steps on average).
/// Source: Black, Rogaway (2002), "Ciphers with arbitrary finite domains".
class permutation {
public:
  /// @param seed,epoch choose the permutation; equal ones give equal orders
  /// @param n size of the domain; `std::invalid_argument` if it is 0
  permutation(uint64_t seed, uint64_t epoch, uint32_t n);

  /// The image of `i`. @pre i < size()
  uint32_t operator()(uint32_t i) const {
    assert(i < n_);
    do
      i = encrypt(i);
    while (i >= n_);
    return i;
  }

  uint32_t size() const { return n_; }

private:
  static constexpr int rounds = 8;

  static constexpr uint32_t mix(uint32_t x, uint32_t key) {
    x = (x ^ key) * 0x9E3779B1u;
    x = (x ^ (x >> 15)) * 0x85EBCA77u;
    return x ^ (x >> 13);
  }

  uint32_t encrypt(uint32_t i) const {
    auto right = i & right_mask_;
    auto left = i >> right_bits_;
    for (int r = 0; r < rounds; r += 2) {
      left ^= mix(right, keys_[r]) & left_mask_;
      right ^= mix(left, keys_[r + 1]) & right_mask_;
    }
    return left << right_bits_ | right;
  }

  uint32_t n_;
  uint32_t right_bits_;
  uint32_t right_mask_;
  uint32_t left_mask_;
  std::array<uint32_t, rounds> keys_;
};

} // namespace models
