#pragma once

// SHA-256, by OpenSSL. A hash is used by one thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace models {

/// A hash under way: `update` with the bytes in order, then `finish` once.
class sha256 {
public:
  using digest = std::array<uint8_t, 32>;

  sha256();
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// The eight bytes of `value`, least significant first.
  void update_uint64(uint64_t value);
  digest finish();
  /// `finish` as 64 lower-case hexadecimal digits.
  std::string finish_hex();

private:
  struct closer {
    void operator()(void* context) const;
  };

  std::unique_ptr<void, closer> context_;
};

/// The SHA-256 of some bytes as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::span<const std::byte> bytes);
std::string sha256_hex(std::string_view text);

} // namespace models
