#pragma once

#include <leptond/config/node_config.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace leptond {

/// What form the value of a key has.
enum class key_kind : std::uint8_t {
  text,        ///< any text without control characters
  name,        ///< a-z, 0-9 and -, 1 to 63 characters, - not at the ends
  path,        ///< the name of a file or directory, not empty
  integer,     ///< from `low` to `high`
  boolean,     ///< true or false
  duration,    ///< "1s"; `low` and `high` are milliseconds
  size,        ///< "1MiB"; `low` and `high` are bytes
  address,     ///< "127.0.0.1:7400"
  text_list,   ///< of texts
  peer_list,   ///< of "host:port"
  choice,      ///< one of `choices`
  choice_list, ///< some of `choices`, each once, at least one
};

/// A value that has passed its key's checks.
using checked_value = std::variant<std::int64_t,
                                   bool,
                                   std::string,
                                   std::vector<std::string>,
                                   listen_address>;

/// One key of the configuration: how it is read, checked and documented. The
/// table of these is the single source for the file, `--set`, suggestions
/// and docs/configuration.md.
struct key_info {
  /// `compute.workers`; `supervision.PATH.strategy` for any subtree.
  std::string_view path;
  key_kind kind;
  std::int64_t low = 0;
  std::int64_t high = 0;
  std::vector<std::string> choices;
  /// As after `--set KEY=`; empty when the key is not set by default.
  std::string_view fallback;
  std::string_view help;
  /// Whether this version does something with it.
  bool effective = true;
  /// Puts the value in its place; `subtree` is PATH, else empty.
  void (*store)(node_config&, std::string_view subtree, checked_value);
};

/// All keys, in the order of the documentation.
std::span<const key_info> config_keys();

/// The subtrees that `[supervision.PATH]` may name, with dots; "" is the root.
std::span<const std::string_view> supervision_subtrees();

/// A key found by its path as written, and the subtree it speaks of.
struct found_key {
  const key_info* key = nullptr;
  std::string subtree;

  explicit operator bool() const noexcept { return key != nullptr; }
};

/// @param path with dots, `supervision.compute.workers.within`
found_key find_key(std::string_view path);

/// Whether `path` names a table: `api`, `api.tls`, `supervision.compute`.
bool is_section(std::string_view path);

/// Every key's full path, `supervision` keys once for each subtree.
const std::vector<std::string>& all_key_paths();

/// `unknown key, did you mean compute.workers?`, or the keys of its section.
std::string unknown_key_text(std::string_view path);

/// What a key wants, for messages: `an integer from 1 to 1024`.
std::string expectation(const key_info& key);

} // namespace leptond
