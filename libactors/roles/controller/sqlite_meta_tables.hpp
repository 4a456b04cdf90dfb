#pragma once

#include <models/io/sha256.hpp>
#include <roles/controller/meta_store.hpp>
#include <roles/controller/sqlite_db.hpp>

/// The tables of `sqlite_meta_store`: the writer's and the readers' side, each
/// over a connection of its own. Internal; one thread at a time for each.
///
///   info(name, value)      revision, compacted
///   kv(k, v, made, changed, lease, sum)
///   ev(rev, k, v, sum)     v is NULL for a removal
///   lease(id, ttl_ms)
///
/// `sum` is the first 8 bytes of SHA-256 over the row: SQLite itself does not
/// notice a flipped bit in a value.

namespace roles {

/// Creates the tables in an empty file; checks version and integrity of one
/// that is not. @throws meta_error `schema`, `corrupt`.
void prepare_tables(sqlite_db& db);

/// Sums rows; keeps its hash state for speed.
class row_sum {
public:
  int64_t
  of(std::string_view key, std::string_view value, revision_t a, revision_t b);

private:
  models::sha256 hash_;
};

/// The writer: call everything between `begin` and `commit` or `rollback`.
class meta_writer {
public:
  explicit meta_writer(const std::filesystem::path& file);

  void begin();
  void commit();
  void rollback() noexcept;

  /// Executes one transaction. @throws meta_error `invalid` before it has
  /// changed anything, when a put names a lease that is not there.
  txn_result execute(const meta_txn& txn);

  int64_t grant(int64_t ttl_ms);

  /// Removes a lease and its keys. @returns false if there is none.
  bool revoke(int64_t lease);

  void compact(revision_t up_to);

  /// The last revision that has to go for the history to be within bounds; 0
  /// when it is.
  revision_t excess(size_t rows, size_t bytes);

  revision_t revision() const { return revision_; }

private:
  bool holds(const meta_compare& c);
  void require_lease(int64_t lease);
  void put(const meta_put& p);
  bool erase(const std::string& key);
  void record(const std::string& key, const std::string* value);

  sqlite_db db_;
  row_sum sum_;
  revision_t revision_ = 0;
  revision_t saved_revision_ = 0;
  int64_t rows_ = 0;  ///< of ev
  int64_t bytes_ = 0; ///< of values in ev
  int64_t saved_rows_ = 0;
  int64_t saved_bytes_ = 0;
  sqlite_statement find_, upsert_, erase_, event_, note_, lease_, of_lease_;
};

/// The readers' side: sees committed transactions only.
class meta_reader {
public:
  explicit meta_reader(const std::filesystem::path& file);

  std::optional<meta_record> get(std::string_view key);
  meta_snapshot range(std::string_view prefix);
  meta_changes events(std::string_view prefix, revision_t after, size_t limit);

  revision_t revision() { return info("revision"); }

  std::vector<std::pair<int64_t, int64_t>> leases(); ///< id, ttl_ms

private:
  int64_t info(std::string_view name);
  meta_record row(const sqlite_statement& it);
  [[noreturn]] void corrupt(const std::string& key) const;

  sqlite_db db_;
  row_sum sum_;
  sqlite_statement get_, range_, events_, info_;
};

} // namespace roles
