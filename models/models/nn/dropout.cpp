#include <models/nn/dropout.hpp>
#include <models/nn/streams.hpp>

#include <algorithm>
#include <cassert>

namespace models {

namespace {

/// Blocks computed side by side, so that the compiler can use vectors.
constexpr size_t lanes = 8;

/// Units for which these are enough: 16 of the 128 bits of a block for each.
/// Unit 8 * h + i of a group takes half-word h of block i.
constexpr size_t group = 8 * lanes;

struct masks {
  uint32_t word[4][lanes];
};

/// The blocks of counters {first + i, c1, c2, c3}; equal to `philox`.
masks draw(philox_key key, uint32_t first, uint32_t c1, const dropout_key& at) {
  masks c;
  for (uint32_t i = 0; i < lanes; ++i) {
    c.word[0][i] = first + i;
    c.word[1][i] = c1;
    c.word[2][i] = at.step;
    c.word[3][i] = at.epoch;
  }
  for (int round = 0; round < 10; ++round) {
    for (size_t i = 0; i < lanes; ++i) {
      auto p0 = uint64_t{0xD2511F53} * c.word[0][i];
      auto p1 = uint64_t{0xCD9E8D57} * c.word[2][i];
      c.word[0][i] = static_cast<uint32_t>(p1 >> 32) ^ c.word[1][i] ^ key.k0;
      c.word[1][i] = static_cast<uint32_t>(p1);
      c.word[2][i] = static_cast<uint32_t>(p0 >> 32) ^ c.word[3][i] ^ key.k1;
      c.word[3][i] = static_cast<uint32_t>(p0);
    }
    key.k0 += 0x9E3779B9;
    key.k1 += 0xBB67AE85;
  }
  return c;
}

} // namespace

dropout_key make_dropout_key(uint64_t seed, uint32_t epoch, uint32_t step) {
  return {make_key(seed, streams::dropout), epoch, step};
}

void apply_dropout(float rate,
                   const dropout_key& key,
                   uint32_t row,
                   uint32_t layer,
                   std::span<float> a,
                   std::span<float> b) {
  assert(a.size() == b.size() && a.size() % lanes == 0);
  auto left_out = static_cast<uint32_t>(rate * 65536.0f + 0.5f);
  left_out = std::min(left_out, 65535u);
  auto scale = 65536.0f / static_cast<float>(65536 - left_out);
  for (size_t first = 0; first < a.size(); first += group) {
    auto block = static_cast<uint32_t>(first / group * lanes);
    auto bits = draw(key.key, layer << 24 | block, row, key);
    for (size_t h = 0; h < 8 && first + h * lanes < a.size(); ++h)
      for (size_t i = 0; i < lanes; ++i) {
        auto drawn = bits.word[h / 2][i] >> (h % 2 * 16) & 0xFFFF;
        auto factor = drawn < left_out ? 0.0f : scale;
        a[first + h * lanes + i] *= factor;
        b[first + h * lanes + i] *= factor;
      }
  }
}

} // namespace models
