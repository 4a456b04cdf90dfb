#pragma once

#include <roles/controller/versioned.hpp>
#include <roles/storage/errors.hpp>

#include <set>
#include <string>
#include <vector>

namespace roles {

/// A version of a stored name.
struct named_blob {
  std::string name;
  int64_t version = 0;
  std::string sha256;
  uint64_t bytes = 0;
  int64_t created_ms = 0; ///< since 1970, by the clock of the node
};

/// Which blob a name stands for: records of the state store, so that giving a
/// content a name is one atomic step. The rules for names are `check_name`'s.
/// A version number is never used twice, also after `remove`.
///
/// Thread-safe as the store is; blocks on its disk. Every function throws
/// `storage_error` (`invalid_name`, `not_found`, `corrupt`, `conflict`) or the
/// store's `meta_error`.
class name_table {
public:
  /// @param store outlives the table
  explicit name_table(meta_store& store)
    : names_(store, "names"), store_(store) {}

  /// Gives a durable blob the next version of `name`; durable when it returns.
  named_blob put(const std::string& name,
                 const std::string& sha256,
                 uint64_t bytes,
                 int64_t created_ms);

  /// @throws storage_error `invalid_name` for what `put` would refuse
  static void check(std::string_view name);

  /// @param name NAME (the newest version) or NAME@VERSION
  named_blob find(std::string_view name) const;

  /// The newest version of every name that starts with `prefix`, by name.
  std::vector<named_blob> list(std::string_view prefix) const;

  /// Removes all versions of NAME, or the one of NAME@VERSION.
  /// @returns how many
  size_t remove(std::string_view name);

  /// The blobs of all names and versions.
  std::set<std::string> blobs() const;

private:
  version_space names_;
  meta_store& store_;
};

} // namespace roles
