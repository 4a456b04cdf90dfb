#include <shell/net/sha256.hpp>

#include <openssl/evp.h>
#include <stdexcept>

namespace lepton_shell {

struct sha256::context {
  EVP_MD_CTX* md = EVP_MD_CTX_new();
};

sha256::sha256() : context_(std::make_unique<context>()) {
  if (EVP_DigestInit_ex(context_->md, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 is not available");
}

sha256::~sha256() {
  EVP_MD_CTX_free(context_->md);
}

void sha256::update(std::string_view bytes) {
  EVP_DigestUpdate(context_->md, bytes.data(), bytes.size());
}

std::string sha256::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(context_->md, digest, &size);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i)
    hex += {digits[digest[i] >> 4], digits[digest[i] & 15]};
  return hex;
}

} // namespace lepton_shell
