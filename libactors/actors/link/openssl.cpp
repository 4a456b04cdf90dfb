#include <actors/link/openssl.hpp>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <system_error>

namespace actors::link {

namespace {

constexpr std::string_view scheme = "lepton://";
constexpr size_t largest_file = size_t{64} << 10;

outcome<std::string> read_file(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  std::string text(largest_file, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (file.bad() || !file.eof()) {
    auto code = std::error_code{errno, std::generic_category()};
    auto why = code ? code.message() : "it is too long for a PEM file";
    return problem{"cannot read " + path.string() + ": " + why};
  }
  return text;
}

/// Nobody is there to type a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

/// `Parse` is a function like `PEM_read_bio_X509`.
template <class Owner, auto Parse>
outcome<Owner> read_pem(const std::filesystem::path& path, const char* what) {
  auto text = read_file(path);
  if (auto why = std::get_if<problem>(&text))
    return *why;
  auto& bytes = std::get<std::string>(text);
  ERR_clear_error();
  bio_ptr bio{BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))};
  Owner read{Parse(bio.get(), nullptr, no_passphrase, nullptr)};
  if (!read)
    return problem{path.string() + ": holds no " + what + " as PEM ("
                   + openssl_reason("unreadable") + ")"};
  return read;
}

/// `lepton://CLUSTER/NODE` or `lepton://CLUSTER`.
bool parse_uri(std::string_view uri, node_identity& into) {
  if (!uri.starts_with(scheme))
    return false;
  uri.remove_prefix(scheme.size());
  auto slash = uri.find('/');
  into.cluster = uri.substr(0, slash);
  into.node = slash == uri.npos ? std::string_view{} : uri.substr(slash + 1);
  return is_node_name(into.cluster)
         && (slash == uri.npos || is_node_name(into.node));
}

} // namespace

std::string openssl_reason(const std::string& otherwise) {
  auto code = ERR_get_error();
  ERR_clear_error();
  auto reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? otherwise : reason;
}

outcome<x509_ptr> read_certificate(const std::filesystem::path& path) {
  return read_pem<x509_ptr, PEM_read_bio_X509>(path, "certificate");
}

outcome<key_ptr> read_key(const std::filesystem::path& path) {
  return read_pem<key_ptr, PEM_read_bio_PrivateKey>(path, "private key");
}

outcome<node_identity> identity_of(const X509& certificate) {
  std::unique_ptr<GENERAL_NAMES, freed_by<GENERAL_NAMES_free>> names{
    static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr))};
  node_identity found;
  auto count = 0;
  for (auto i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    auto name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI)
      continue;
    auto uri = name->d.uniformResourceIdentifier;
    std::string_view text{
      reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
      static_cast<size_t>(ASN1_STRING_length(uri))};
    if (parse_uri(text, found))
      ++count;
  }
  if (count != 1)
    return problem{"the certificate does not name one node of a cluster"};
  return found;
}

} // namespace actors::link
