#include <actors/link/certificates.hpp>
#include <actors/link/openssl.hpp>
#include <actors/link/private_file.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

namespace actors::link {

namespace fs = std::filesystem;
using std::chrono::system_clock;

namespace {

constexpr auto clock_slack = std::chrono::minutes{5};

/// What differs between the certificates that we make.
struct content {
  std::string name; ///< the subject's common name
  std::string alternatives;
  std::string constraints;
  std::string usage;
  std::string purpose; ///< empty: any
  system_clock::time_point until;
};

problem openssl_problem(const std::string& what) {
  return {"cannot " + what + ": " + openssl_reason("OpenSSL gave no reason")};
}

bool add_extension(X509* to, X509* issuer, int nid, const std::string& value) {
  if (value.empty())
    return true;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>> extension{
    X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())};
  return extension && X509_add_ext(to, extension.get(), -1) == 1;
}

bool set_serial(X509* of) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1)
    return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7F) | 0x40); // positive
  std::unique_ptr<BIGNUM, freed_by<BN_free>> number{
    BN_bin2bn(bytes.data(), bytes.size(), nullptr)};
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(of));
}

bool set_times(X509* of, system_clock::time_point until) {
  auto from = system_clock::to_time_t(system_clock::now() - clock_slack);
  auto to = system_clock::to_time_t(until);
  return ASN1_TIME_set(X509_getm_notBefore(of), from)
         && ASN1_TIME_set(X509_getm_notAfter(of), to);
}

bool set_subject(X509* of, const std::string& name) {
  auto subject = X509_get_subject_name(of);
  auto add = [&](const char* field, const std::string& value) {
    return X509_NAME_add_entry_by_txt(
             subject, field, MBSTRING_UTF8,
             reinterpret_cast<const unsigned char*>(value.data()),
             static_cast<int>(value.size()), -1, 0)
           == 1;
  };
  return add("O", "Lepton") && add("CN", name);
}

/// @param issuer its certificate; null: the certificate signs itself
x509_ptr make_certificate(const content& x,
                          EVP_PKEY* key,
                          X509* issuer,
                          EVP_PKEY* signer) {
  x509_ptr made{X509_new()};
  auto by = issuer == nullptr ? made.get() : issuer;
  auto add = [&](int nid, const std::string& value) {
    return add_extension(made.get(), by, nid, value);
  };
  auto done =
    made && X509_set_version(made.get(), X509_VERSION_3) == 1
    && set_serial(made.get()) && set_times(made.get(), x.until)
    && set_subject(made.get(), x.name) && X509_set_pubkey(made.get(), key) == 1
    && X509_set_issuer_name(made.get(), X509_get_subject_name(by))
    && add(NID_basic_constraints, x.constraints) && add(NID_key_usage, x.usage)
    && add(NID_ext_key_usage, x.purpose)
    && add(NID_subject_alt_name, x.alternatives)
    && add(NID_subject_key_identifier, "hash")
    && add(NID_authority_key_identifier, "keyid:always")
    && X509_sign(made.get(), signer, EVP_sha256()) > 0;
  return done ? std::move(made) : nullptr;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

std::string pem_of(X509* certificate) {
  bio_ptr bio{BIO_new(BIO_s_mem())};
  PEM_write_bio_X509(bio.get(), certificate);
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  bio_ptr bio{BIO_new(BIO_s_mem())};
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr,
                                nullptr);
  return text_of(bio.get());
}

/// `DNS:host` or `IP:address`; nothing when it is neither.
std::string alternative_of(const std::string& host) {
  std::array<unsigned char, 16> address{};
  if (::inet_pton(AF_INET, host.c_str(), address.data()) == 1
      || ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1)
    return "IP:" + host;
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'
           || c == '.';
  };
  auto good = !host.empty() && host.size() <= 253
              && std::all_of(host.begin(), host.end(), fits);
  return good ? "DNS:" + host : std::string{};
}

outcome<std::string> alternatives_of(const node_identity& who,
                                     const std::vector<std::string>& hosts) {
  auto text =
    "URI:lepton://" + who.cluster + "/" + who.node + ",DNS:" + who.node;
  for (auto& host : hosts) {
    auto name = alternative_of(host);
    if (name.empty())
      return problem{"\"" + host + "\" is neither a host name nor an address"};
    text += "," + name;
  }
  return text;
}

/// Writes a key and the certificate for it, or neither where one is there.
outcome<std::monostate> write_pair(const fs::path& certificate,
                                   const fs::path& key,
                                   const x509_ptr& x,
                                   const key_ptr& k,
                                   bool force) {
  for (auto& file : {certificate, key})
    if (std::error_code none; !force && fs::exists(file, none))
      return problem{file.string() + " exists already; --force replaces it"};
  if (auto why = write_file(key, pem_of(k.get()), 0600, force))
    return problem{*why};
  auto why = write_file(certificate, pem_of(x.get()), 0644, force);
  if (!why)
    return std::monostate{};
  if (std::error_code none; !force)
    fs::remove(key, none); // nobody has a use for it
  return problem{*why};
}

system_clock::time_point end_of(const X509& x) {
  std::tm when{};
  ASN1_TIME_to_tm(X509_get0_notAfter(&x), &when);
  return system_clock::from_time_t(::timegm(&when));
}

/// A key and the certificate that goes with it.
struct pair {
  x509_ptr certificate;
  key_ptr key;
};

outcome<pair> read_pair(const fs::path& certificate, const fs::path& key) {
  auto x = read_certificate(certificate);
  if (auto why = std::get_if<problem>(&x))
    return *why;
  auto k = read_key(key);
  if (auto why = std::get_if<problem>(&k))
    return *why;
  pair both{std::move(std::get<x509_ptr>(x)), std::move(std::get<key_ptr>(k))};
  if (X509_check_private_key(both.certificate.get(), both.key.get()) != 1) {
    ERR_clear_error();
    return problem{key.string() + " is not the key of " + certificate.string()};
  }
  return both;
}

problem no_name(const char* what, const std::string& name) {
  return {std::string{what} + " \"" + name
          + "\": expected 1 to 63 characters from a-z, 0-9 and - (- not at its "
            "ends)"};
}

outcome<std::monostate> check_chain(X509* certificate, X509* authority) {
  store_ptr store{X509_STORE_new()};
  std::unique_ptr<X509_STORE_CTX, freed_by<X509_STORE_CTX_free>> check{
    X509_STORE_CTX_new()};
  X509_STORE_add_cert(store.get(), authority);
  if (X509_STORE_CTX_init(check.get(), store.get(), certificate, nullptr) != 1)
    return openssl_problem("check a certificate");
  for (auto purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT}) {
    X509_STORE_CTX_set_purpose(check.get(), purpose);
    if (X509_verify_cert(check.get()) != 1)
      return problem{
        X509_verify_cert_error_string(X509_STORE_CTX_get_error(check.get()))};
    X509_STORE_CTX_cleanup(check.get());
    X509_STORE_CTX_init(check.get(), store.get(), certificate, nullptr);
  }
  return std::monostate{};
}

content node_content(const node_identity& who, std::string alternatives) {
  return {.name = who.node,
          .alternatives = std::move(alternatives),
          .constraints = "critical,CA:FALSE",
          .usage = "critical,digitalSignature",
          .purpose = "serverAuth,clientAuth",
          .until = {}};
}

/// What a node needs lies together: the authority's certificate beside its own.
std::optional<problem>
put_authority(const fs::path& file, X509& authority, bool force) {
  if (std::error_code none; fs::exists(file, none)) {
    auto there = read_certificate(file);
    auto same = std::get_if<x509_ptr>(&there);
    if (same != nullptr && X509_cmp(same->get(), &authority) == 0)
      return std::nullopt;
  }
  if (auto why = write_file(file, pem_of(&authority), 0644, force))
    return problem{*why};
  return std::nullopt;
}

/// Reads the authority and for which cluster it is.
outcome<pair> read_authority(const fs::path& folder, std::string& cluster) {
  auto read = read_pair(folder / "ca.pem", folder / "ca.key");
  auto both = std::get_if<pair>(&read);
  if (both == nullptr)
    return problem{std::get<problem>(read).text
                   + "; \"lepton ca init\" makes an authority"};
  auto who = identity_of(*both->certificate);
  auto named = std::get_if<node_identity>(&who);
  if (named == nullptr || !named->node.empty()
      || X509_check_ca(both->certificate.get()) != 1)
    return problem{(folder / "ca.pem").string()
                   + " is not the authority of a cluster"};
  cluster = named->cluster;
  return read;
}

} // namespace

bool is_node_name(std::string_view name) {
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !name.empty() && name.size() <= 63 && name.front() != '-'
         && name.back() != '-' && std::all_of(name.begin(), name.end(), fits);
}

outcome<std::vector<fs::path>>
make_authority(const authority_options& options) {
  if (!is_node_name(options.cluster))
    return no_name("the cluster's name", options.cluster);
  if (auto why = make_private_folder(options.directory))
    return problem{*why};
  content x{.name = "cluster " + options.cluster,
            .alternatives = "URI:lepton://" + options.cluster,
            .constraints = "critical,CA:TRUE,pathlen:0",
            .usage = "critical,keyCertSign,cRLSign",
            .purpose = {},
            .until = system_clock::now() + options.valid_for};
  ERR_clear_error();
  key_ptr key{EVP_EC_gen("P-256")};
  auto made =
    key ? make_certificate(x, key.get(), nullptr, key.get()) : nullptr;
  if (!made)
    return openssl_problem("make the authority");
  auto certificate = options.directory / "ca.pem";
  auto key_file = options.directory / "ca.key";
  auto written = write_pair(certificate, key_file, made, key, options.force);
  if (auto why = std::get_if<problem>(&written))
    return *why;
  return std::vector{certificate, key_file};
}

outcome<issued> issue_certificate(const issue_options& options) {
  if (!is_node_name(options.node))
    return no_name("the node's name", options.node);
  if (options.node == "ca")
    return problem{"a node cannot be named \"ca\": its files would be those "
                   "of the authority"};
  issued out;
  out.who.node = options.node;
  auto read = read_authority(options.authority, out.who.cluster);
  auto authority = std::get_if<pair>(&read);
  if (authority == nullptr)
    return std::get<problem>(read);
  auto names = alternatives_of(out.who, options.hosts);
  if (auto why = std::get_if<problem>(&names))
    return *why;
  auto x = node_content(out.who, std::get<std::string>(names));
  x.until = std::min(system_clock::now() + options.valid_for,
                     end_of(*authority->certificate));
  if (end_of(*authority->certificate) <= system_clock::now())
    return problem{"the authority has expired; \"lepton ca init --force\" "
                   "makes another, then every node needs a certificate of it"};
  ERR_clear_error();
  key_ptr key{EVP_EC_gen("P-256")};
  auto made = key ? make_certificate(x, key.get(), authority->certificate.get(),
                                     authority->key.get())
                  : nullptr;
  if (!made)
    return openssl_problem("make a certificate");
  if (auto why = make_private_folder(options.to))
    return problem{*why};
  out.files = {options.to / (options.node + ".pem"),
               options.to / (options.node + ".key"), options.to / "ca.pem"};
  out.until = end_of(*made);
  auto written =
    write_pair(out.files.certificate, out.files.key, made, key, options.force);
  if (auto why = std::get_if<problem>(&written))
    return *why;
  if (auto why = put_authority(out.files.authority, *authority->certificate,
                               options.force))
    return *why;
  return out;
}

outcome<node_identity> check_files(const certificate_files& files) {
  auto read = read_pair(files.certificate, files.key);
  auto both = std::get_if<pair>(&read);
  if (both == nullptr)
    return std::get<problem>(read);
  auto authority = read_certificate(files.authority);
  if (auto why = std::get_if<problem>(&authority))
    return *why;
  auto chain =
    check_chain(both->certificate.get(), std::get<x509_ptr>(authority).get());
  if (auto why = std::get_if<problem>(&chain))
    return problem{files.certificate.string() + ": " + why->text
                   + " (authority: " + files.authority.string() + ")"};
  auto who = identity_of(*both->certificate);
  if (auto named = std::get_if<node_identity>(&who);
      named != nullptr && named->node.empty())
    return problem{files.certificate.string() + " is not a node's certificate"};
  return who;
}

} // namespace actors::link
