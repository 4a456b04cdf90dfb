#include <models/io/sha256.hpp>

#include <new>
#include <openssl/evp.h>
#include <stdexcept>

namespace models {

namespace {

EVP_MD_CTX* context_of(void* p) {
  return static_cast<EVP_MD_CTX*>(p);
}

void require(int result) {
  if (result != 1)
    throw std::runtime_error("SHA-256: OpenSSL refuses it");
}

} // namespace

void sha256::closer::operator()(void* context) const {
  EVP_MD_CTX_free(context_of(context));
}

sha256::sha256() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr)
    throw std::bad_alloc();
  require(EVP_DigestInit_ex(context_of(context_.get()), EVP_sha256(), nullptr));
}

void sha256::update(std::span<const std::byte> bytes) {
  require(
    EVP_DigestUpdate(context_of(context_.get()), bytes.data(), bytes.size()));
}

void sha256::update(std::string_view text) {
  update(std::as_bytes(std::span(text)));
}

void sha256::update_uint64(uint64_t value) {
  std::array<std::byte, 8> bytes{};
  for (auto& b : bytes) {
    b = static_cast<std::byte>(value & 0xFF);
    value >>= 8;
  }
  update(bytes);
}

sha256::digest sha256::finish() {
  digest result{};
  require(
    EVP_DigestFinal_ex(context_of(context_.get()), result.data(), nullptr));
  return result;
}

std::string sha256::finish_hex() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (auto byte : finish()) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  sha256 hash;
  hash.update(bytes);
  return hash.finish_hex();
}

std::string sha256_hex(std::string_view text) {
  return sha256_hex(std::as_bytes(std::span(text)));
}

} // namespace models
