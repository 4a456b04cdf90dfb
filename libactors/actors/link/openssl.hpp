#pragma once

// Internal: owners of OpenSSL's objects, and its words. Includes OpenSSL; only
// sources of this folder may include this.

#include <actors/link/certificates.hpp>

#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string>

namespace actors::link {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* x) const noexcept {
    Free(x);
  }
};

using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free>>;
using store_ptr = std::unique_ptr<X509_STORE, freed_by<X509_STORE_free>>;
using ssl_ptr = std::unique_ptr<SSL, freed_by<SSL_free>>;

/// The oldest reason in this thread's queue of errors, which is emptied;
/// `otherwise` if there is none.
std::string openssl_reason(const std::string& otherwise);

/// One certificate or one private key without a passphrase.
outcome<x509_ptr> read_certificate(const std::filesystem::path& path);
outcome<key_ptr> read_key(const std::filesystem::path& path);

/// Whom a certificate names; for an authority the node is empty.
/// @returns a problem unless it names exactly one
outcome<node_identity> identity_of(const X509& certificate);

} // namespace actors::link
