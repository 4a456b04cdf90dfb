#pragma once

#include <roles/controller/meta_store.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Names with versions in the state store, for stored files and for models:
/// `SPACE/NAME@0000000003` holds version 3 and `SPACE-next/NAME` the number
/// that the next one takes. A number is never used twice, so NAME@V means one
/// thing for ever, also after it was removed.

namespace roles {

/// A name that breaks the rules; the text says which.
class name_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// A name is 1 to 200 of [A-Za-z0-9._/-], neither starts nor ends with '/', and
/// holds neither ".." nor "//". @throws name_error
void check_name(std::string_view name);

struct versioned_name {
  std::string name;
  std::optional<int64_t> version; ///< none: the newest
};

/// Reads NAME or NAME@VERSION. @throws name_error
versioned_name parse_versioned(std::string_view text);

struct versioned_record {
  std::string name;
  int64_t version = 0;
  std::string value;
};

/// One family of names. Thread-safe as the store is.
class version_space {
public:
  version_space(meta_store& store, std::string space)
    : store_(store), space_(std::move(space)) {}

  std::string key(std::string_view name, int64_t version) const;

  /// The next version, and what a transaction must hold to take it. When the
  /// transaction fails somebody else was faster: ask again.
  struct claim {
    int64_t version = 0;
    meta_compare unchanged;
    meta_put next;
  };

  claim claim_next(const std::string& name) const;

  std::optional<versioned_record> find(const versioned_name& name) const;

  /// All versions of a name, oldest first.
  std::vector<versioned_record> versions(const std::string& name) const;

  /// Everything whose name starts with `prefix`, by name, then version.
  std::vector<versioned_record> list(std::string_view prefix) const;

private:
  std::optional<versioned_record> parse(const meta_record& record) const;

  meta_store& store_;
  std::string space_;
};

} // namespace roles
