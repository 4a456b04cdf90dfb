#include <models/io/sha256.hpp>

#include <algorithm>
#include <new>
#include <openssl/evp.h>
#include <stdexcept>

namespace models {

namespace {

EVP_MD_CTX* cast(void* context) {
  return static_cast<EVP_MD_CTX*>(context);
}

void require(int ok) {
  if (ok != 1)
    throw std::runtime_error("OpenSSL: SHA-256 failed");
}

/// Looked up once: a look-up costs more than hashing a small record.
const EVP_MD* algorithm() {
  static const EVP_MD* found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (!found)
    throw std::runtime_error("OpenSSL has no SHA-256");
  return found;
}

} // namespace

void sha256::free_context::operator()(void* context) const noexcept {
  EVP_MD_CTX_free(cast(context));
}

sha256::sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_)
    throw std::bad_alloc();
  require(EVP_DigestInit_ex(cast(context_.get()), algorithm(), nullptr));
}

sha256::sha256(const sha256& other) : context_(EVP_MD_CTX_new()) {
  if (!context_)
    throw std::bad_alloc();
  *this = other;
}

sha256& sha256::operator=(const sha256& other) {
  if (this != &other)
    require(
      EVP_MD_CTX_copy_ex(cast(context_.get()), cast(other.context_.get())));
  return *this;
}

sha256& sha256::update(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(cast(context_.get()), bytes.data(), bytes.size()));
  return *this;
}

sha256& sha256::update(std::string_view text) {
  return update(std::as_bytes(std::span(text)));
}

sha256& sha256::update_uint64(uint64_t value) {
  std::array<std::byte, 8> bytes{};
  for (auto& b : bytes) {
    b = static_cast<std::byte>(value & 0xFF);
    value >>= 8;
  }
  return update(bytes);
}

sha256::digest sha256::finish() {
  digest result{};
  require(EVP_DigestFinal_ex(cast(context_.get()),
                             reinterpret_cast<unsigned char*>(result.data()),
                             nullptr));
  require(EVP_DigestInit_ex(cast(context_.get()), algorithm(), nullptr));
  return result;
}

std::string sha256::finish_hex() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (auto b : finish()) {
    hex += digits[std::to_integer<size_t>(b >> 4)];
    hex += digits[std::to_integer<size_t>(b & std::byte{15})];
  }
  return hex;
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  return sha256{}.update(bytes).finish_hex();
}

std::string sha256_hex(std::string_view text) {
  return sha256_hex(std::as_bytes(std::span(text)));
}

bool is_sha256_hex(std::string_view text) noexcept {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

} // namespace models
