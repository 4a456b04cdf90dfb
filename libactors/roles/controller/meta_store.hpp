#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// The state that must survive (jobs, names, models, who leads) behind one
/// narrow interface: a small ordered map whose every change has a revision.
/// The model is etcd's, so that a cluster of controllers can stand where one
/// embedded database does; `tests/roles/controller/meta_store_conformance.hpp`
/// states what every implementation keeps to.
///
/// Thread-safe: any thread may call any function. Nothing here knows actors.

namespace roles {

/// Why the store refused or failed.
enum class meta_errc : uint8_t {
  invalid = 1, ///< a key, value, transaction or lease that is not allowed
  in_use,      ///< another process holds the store
  schema,      ///< written by another version of this program
  corrupt,     ///< the file is damaged; nothing of it is used
  read_only,   ///< the directory or file system refuses writes
  full,        ///< no space; nothing was written
  io,          ///< the disk failed; open the store again before the next write
  busy,        ///< too many transactions wait already
  closed,      ///< the store is shutting down
};

/// Thrown by the functions below. The text names the file and the remedy.
class meta_error : public std::runtime_error {
public:
  meta_error(meta_errc code, const std::string& what)
    : std::runtime_error(what), code_(code) {}

  meta_errc code() const noexcept { return code_; }

private:
  meta_errc code_;
};

/// Counts changes: each transaction that changes anything takes the next one.
/// An empty store is at 0.
using revision_t = int64_t;

/// A key with its value.
struct meta_record {
  std::string key;
  std::string value;
  revision_t create_revision = 0; ///< of the put that made the key
  revision_t mod_revision = 0;    ///< of the last put
  int64_t lease = 0;              ///< 0: none
};

/// All records below a prefix, in the order of their keys, at one moment.
struct meta_snapshot {
  std::vector<meta_record> records;
  revision_t revision = 0;
};

/// A condition of a transaction; a key that does not exist has revision 0.
struct meta_compare {
  enum class field : uint8_t { mod_revision, create_revision };
  std::string key;
  field what = field::mod_revision;
  revision_t equals = 0;
};

struct meta_put {
  std::string key;
  std::string value;
  int64_t lease = 0; ///< the key goes when the lease does; 0: stays
};

/// All or nothing: when every condition holds, all puts and deletes happen
/// under one revision. A key may be written once in a transaction.
struct meta_txn {
  std::vector<meta_compare> compare;
  std::vector<meta_put> puts;
  std::vector<std::string> deletes;
};

struct txn_result {
  bool succeeded = false;  ///< false: a condition did not hold, nothing changed
  revision_t revision = 0; ///< the store's, after the transaction
};

/// What `submit` reports: a result, or the `meta_error` in `error`.
struct txn_outcome {
  txn_result result;
  std::exception_ptr error;
};

using txn_callback = std::function<void(txn_outcome)>;

struct meta_event {
  enum class kind : uint8_t { put, removed };
  kind what = kind::put;
  std::string key;
  std::string value; ///< empty when removed
  revision_t revision = 0;
};

/// What changed. With `compacted` the history no longer reaches back that far:
/// take a new `range` and go on from its revision.
struct meta_changes {
  bool compacted = false;
  std::vector<meta_event> events; ///< ordered by revision
  revision_t revision = 0;        ///< pass this as `after` next time
};

/// Who won an election. `token` grows from leader to leader: a write that
/// carries `fence()` is refused once somebody else leads.
struct leadership {
  std::string key;
  revision_t token = 0;

  meta_compare fence() const {
    return {key, meta_compare::field::create_revision, token};
  }
};

/// Bounds that every implementation keeps: keys of 1 to 512 printable ASCII
/// bytes, values up to 1 MiB, 128 operations in a transaction.
constexpr size_t max_meta_key = 512;
constexpr size_t max_meta_value = size_t{1} << 20;
constexpr size_t max_meta_ops = 128;

/// @throws meta_error `invalid`, naming the offending key.
void check(const meta_txn& txn);

class meta_store {
public:
  meta_store() = default;
  meta_store(const meta_store&) = delete;
  meta_store& operator=(const meta_store&) = delete;
  virtual ~meta_store() = default;

  // -- reading ----------------------------------------------------------------

  virtual std::optional<meta_record> get(std::string_view key) = 0;

  /// Every record whose key starts with `prefix`; all for an empty one.
  virtual meta_snapshot range(std::string_view prefix) = 0;

  virtual revision_t revision() = 0;

  /// Changes below `prefix` with a revision above `after`, about `limit` of
  /// them: a transaction is never cut.
  virtual meta_changes events_since(std::string_view prefix,
                                    revision_t after,
                                    size_t limit = 1000) = 0;

  /// Forgets the history up to and including `revision`; records stay.
  virtual void compact(revision_t revision) = 0;

  // -- writing ----------------------------------------------------------------

  /// Queues `txn` and returns; `done` is called exactly once, from a thread of
  /// the store, when the outcome is durable. It must not block or throw.
  /// @throws meta_error `invalid`, `busy` or `closed`; `done` is then not used.
  virtual void submit(meta_txn txn, txn_callback done) = 0;

  /// `submit` with a future that holds the result or the `meta_error`.
  std::future<txn_result> commit(meta_txn txn);

  /// `commit`, waited for. Not for threads that must not block.
  txn_result apply(meta_txn txn) { return commit(std::move(txn)).get(); }

  // -- leases -----------------------------------------------------------------

  /// A lease that ends `ttl_ms` after the last `keep_alive`. Keys put under it
  /// are removed, as one transaction, when it ends. After the store was opened
  /// again every lease has its full time once more.
  /// @param ttl_ms 1 to 86'400'000
  virtual int64_t grant(int64_t ttl_ms) = 0;

  /// @returns false when the lease has ended or never was.
  virtual bool keep_alive(int64_t lease) = 0;

  /// Ends a lease now. @returns false when it had ended.
  virtual bool revoke(int64_t lease) = 0;

  /// Ends the leases that are over by the store's clock; also done before
  /// every transaction. Whoever watches leased keys calls this from a timer.
  virtual void expire_leases() = 0;

  // -- election ---------------------------------------------------------------

  /// Tries to lead `election` under `lease`; never waits.
  /// @returns nothing while somebody leads: watch the key `election/NAME`.
  std::optional<leadership>
  campaign(std::string_view election, std::string candidate, int64_t lease);

  /// Gives leadership up. @returns false when it was lost before.
  bool resign(const leadership& held);

  /// The candidate that leads, if any.
  std::optional<std::string> leader(std::string_view election);
};

} // namespace roles
