#include <actors/link/tls_context.hpp>

#include <openssl/err.h>

namespace actors::link {

namespace {

/// The fastest first, on machines with AES in hardware.
constexpr auto ciphers = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                         "TLS_CHACHA20_POLY1305_SHA256";
constexpr size_t read_ahead = size_t{64} << 10;

bool configure(SSL_CTX* x) {
  SSL_CTX_set_options(x, SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET
                           | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(x, SSL_MODE_ENABLE_PARTIAL_WRITE
                        | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                        | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(x, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     nullptr);
  SSL_CTX_set_verify_depth(x, 1);
  SSL_CTX_set_read_ahead(x, 1); // one call for several records
  SSL_CTX_set_default_read_buffer_len(x, read_ahead);
  return SSL_CTX_set_min_proto_version(x, TLS1_3_VERSION) == 1
         && SSL_CTX_set_ciphersuites(x, ciphers) == 1
         && SSL_CTX_set_num_tickets(x, 0) == 1;
}

bool use(SSL_CTX* x, const certificate_files& files) {
  auto certificate = read_certificate(files.certificate);
  auto key = read_key(files.key);
  auto authority = read_certificate(files.authority);
  auto c = std::get_if<x509_ptr>(&certificate);
  auto k = std::get_if<key_ptr>(&key);
  auto a = std::get_if<x509_ptr>(&authority);
  return c != nullptr && k != nullptr && a != nullptr
         && SSL_CTX_use_certificate(x, c->get()) == 1
         && SSL_CTX_use_PrivateKey(x, k->get()) == 1
         && SSL_CTX_check_private_key(x) == 1
         && X509_STORE_add_cert(SSL_CTX_get_cert_store(x), a->get()) == 1
         && SSL_CTX_add_client_CA(x, a->get()) == 1;
}

} // namespace

outcome<credentials> load_credentials(const certificate_files& files) {
  auto who = check_files(files);
  if (auto why = std::get_if<problem>(&who))
    return *why;
  ERR_clear_error();
  std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_method()), SSL_CTX_free};
  if (!context || !configure(context.get()) || !use(context.get(), files))
    return problem{"cannot use " + files.certificate.string() + ": "
                   + openssl_reason("it has changed meanwhile")};
  return credentials{std::move(context), std::get<node_identity>(who)};
}

} // namespace actors::link
