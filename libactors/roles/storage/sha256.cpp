#include <roles/storage/sha256.hpp>

#include <algorithm>
#include <openssl/evp.h>
#include <stdexcept>

namespace roles {

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

sha256_digest sha256::finish() {
  sha256_digest digest{};
  require(EVP_DigestFinal_ex(cast(context_.get()),
                             reinterpret_cast<unsigned char*>(digest.data()),
                             nullptr));
  require(EVP_DigestInit_ex(cast(context_.get()), algorithm(), nullptr));
  return digest;
}

std::string sha256::finish_hex() {
  return to_hex(finish());
}

std::string to_hex(const sha256_digest& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(digest.size() * 2);
  for (auto b : digest) {
    hex += digits[std::to_integer<size_t>(b >> 4)];
    hex += digits[std::to_integer<size_t>(b & std::byte{15})];
  }
  return hex;
}

std::string sha256_hex(std::string_view text) {
  return sha256{}.update(text).finish_hex();
}

bool is_sha256_hex(std::string_view text) noexcept {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

} // namespace roles
