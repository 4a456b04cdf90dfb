#pragma once

/// The certificates of a cluster: one authority that signs nothing but this
/// cluster's nodes, and for each node a certificate that says which it is. EC
/// P-256, by OpenSSL 3. No CAF in here. Thread safe; errors are values.
///
/// A node is named by an URI among its certificate's alternative names:
/// `lepton://CLUSTER/NODE`; the authority by `lepton://CLUSTER`.

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace actors::link {

/// What went wrong, for people: `cannot read ca.pem: No such file`.
struct problem {
  std::string text;
};

/// A value, or why there is none.
template <class T>
using outcome = std::variant<T, problem>;

/// Who a certificate speaks for.
struct node_identity {
  std::string cluster;
  std::string node = {};

  bool operator==(const node_identity&) const = default;
};

/// What a node is given to speak for itself, and to know others: PEM files.
struct certificate_files {
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path authority;
};

/// 1 to 63 characters from a-z, 0-9 and -, which is not at an end.
bool is_node_name(std::string_view name);

struct authority_options {
  std::filesystem::path directory = {}; ///< made, readable by its owner alone
  std::string cluster = "lepton";
  std::chrono::days valid_for{3650};
  bool force = false; ///< replace what is there
};

/// Makes the authority: `ca.pem`, and `ca.key` that only its owner may read.
/// @returns the two, or the problem, then nothing has changed
outcome<std::vector<std::filesystem::path>>
make_authority(const authority_options& options);

struct issue_options {
  std::filesystem::path authority =
    {};                          ///< the folder that `make_authority` filled
  std::filesystem::path to = {}; ///< the folder for NODE.pem and NODE.key
  std::string node = {};
  /// Further alternative names: host names or addresses.
  std::vector<std::string> hosts = {};
  std::chrono::days valid_for{365}; ///< at most what the authority has left
  bool force = false;
};

/// What has been issued.
struct issued {
  node_identity who;
  certificate_files files;
  std::chrono::system_clock::time_point until; ///< last moment it is valid
};

/// Makes a key and a certificate for a node, for both ends of a link.
outcome<issued> issue_certificate(const issue_options& options);

/// Reads a node's files and checks all that a peer would: that they can be
/// read, key and certificate belong together, the authority has signed it, for
/// links, and its dates.
/// @returns for whom it speaks
outcome<node_identity> check_files(const certificate_files& files);

} // namespace actors::link
