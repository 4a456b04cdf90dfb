#include <roles/controller/sqlite_meta_tables.hpp>

#include <array>
#include <cstring>

namespace roles {

namespace {

constexpr int64_t application_id = 0x4c50544e; // "LPTN"
constexpr int64_t schema_version = 1;

/// The least key above all that start with `prefix`; keys are below 0x7f.
std::string end_of(std::string_view prefix) {
  return std::string(prefix) + '\x7f';
}

void create_tables(sqlite_db& db) {
  db.exec("BEGIN IMMEDIATE;"
          "CREATE TABLE info(name BLOB PRIMARY KEY, value INTEGER NOT NULL)"
          " WITHOUT ROWID;"
          "CREATE TABLE kv(k BLOB PRIMARY KEY, v BLOB NOT NULL,"
          " made INTEGER NOT NULL, changed INTEGER NOT NULL,"
          " lease INTEGER NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID;"
          "CREATE INDEX kv_lease ON kv(lease) WHERE lease > 0;"
          "CREATE TABLE ev(rev INTEGER NOT NULL, k BLOB NOT NULL, v BLOB,"
          " sum INTEGER NOT NULL, PRIMARY KEY(rev, k)) WITHOUT ROWID;"
          "CREATE TABLE lease(id INTEGER PRIMARY KEY AUTOINCREMENT,"
          " ttl_ms INTEGER NOT NULL);"
          "INSERT INTO info VALUES(CAST('revision' AS BLOB), 0),"
          " (CAST('compacted' AS BLOB), 0);"
          "PRAGMA application_id=1280332878;"
          "PRAGMA user_version=1;"
          "COMMIT");
  static_assert(application_id == 1280332878 && schema_version == 1);
}

int64_t read_info(sqlite_db& db, std::string_view name) {
  auto it = db.prepare("SELECT value FROM info WHERE name=?");
  return it.bind(name).step() ? it.number(0) : 0;
}

} // namespace

void prepare_tables(sqlite_db& db) {
  auto name = "state store '" + db.path().string() + "': ";
  if (db.number("SELECT count(*) FROM sqlite_master") == 0
      && db.number("PRAGMA user_version") == 0)
    return create_tables(db);
  if (db.number("PRAGMA application_id") != application_id)
    throw meta_error(meta_errc::schema, name + "not made by Lepton");
  auto found = db.number("PRAGMA user_version");
  if (found != schema_version)
    throw meta_error(meta_errc::schema, name + "has schema "
                                          + std::to_string(found)
                                          + ", this program reads "
                                          + std::to_string(schema_version));
  auto damage = db.text("PRAGMA quick_check(1)");
  if (damage != "ok")
    throw meta_error(meta_errc::corrupt,
                     name + "damaged: " + damage + "; restore a backup");
}

int64_t row_sum::of(std::string_view key,
                    std::string_view value,
                    revision_t a,
                    revision_t b) {
  std::array<uint64_t, 3> head{static_cast<uint64_t>(a),
                               static_cast<uint64_t>(b), key.size()};
  hash_.update(std::as_bytes(std::span(head))).update(key).update(value);
  auto digest = hash_.finish();
  int64_t sum = 0;
  std::memcpy(&sum, digest.data(), sizeof sum);
  return sum;
}

// -- writer -------------------------------------------------------------------

meta_writer::meta_writer(const std::filesystem::path& file) : db_(file) {
  prepare_tables(db_);
  revision_ = read_info(db_, "revision");
  rows_ = db_.number("SELECT count(*) FROM ev");
  bytes_ = db_.number("SELECT coalesce(sum(length(v)), 0) FROM ev");
  find_ = db_.prepare("SELECT made, changed FROM kv WHERE k=?");
  upsert_ = db_.prepare("INSERT OR REPLACE INTO kv VALUES(?,?,?,?,?,?)");
  erase_ = db_.prepare("DELETE FROM kv WHERE k=?");
  event_ = db_.prepare("INSERT INTO ev VALUES(?,?,?,?)");
  note_ = db_.prepare("UPDATE info SET value=? WHERE name=?");
  lease_ = db_.prepare("SELECT 1 FROM lease WHERE id=?");
  of_lease_ = db_.prepare("SELECT k FROM kv WHERE lease=? AND lease > 0");
}

void meta_writer::begin() {
  db_.exec("BEGIN IMMEDIATE");
  saved_revision_ = revision_;
  saved_rows_ = rows_;
  saved_bytes_ = bytes_;
}

void meta_writer::commit() {
  if (revision_ != saved_revision_)
    note_.bind(revision_, std::string_view{"revision"}).run();
  db_.exec("COMMIT");
}

void meta_writer::rollback() noexcept {
  revision_ = saved_revision_;
  rows_ = saved_rows_;
  bytes_ = saved_bytes_;
  try {
    db_.exec("ROLLBACK");
  } catch (const meta_error&) {
    // SQLite has rolled back by itself
  }
}

bool meta_writer::holds(const meta_compare& c) {
  revision_t found = 0;
  if (find_.bind(c.key).step())
    found = find_.number(c.what == meta_compare::field::mod_revision ? 1 : 0);
  find_.reset();
  return found == c.equals;
}

void meta_writer::require_lease(int64_t lease) {
  auto found = lease_.bind(lease).step();
  lease_.reset();
  if (!found)
    throw meta_error(meta_errc::invalid,
                     "lease " + std::to_string(lease) + " has ended");
}

txn_result meta_writer::execute(const meta_txn& txn) {
  for (auto& c : txn.compare)
    if (!holds(c))
      return {false, revision_};
  for (auto& p : txn.puts)
    if (p.lease != 0)
      require_lease(p.lease);
  ++revision_;
  bool changed = !txn.puts.empty();
  for (auto& p : txn.puts)
    put(p);
  for (auto& k : txn.deletes)
    changed |= erase(k);
  if (!changed)
    --revision_;
  return {true, revision_};
}

void meta_writer::put(const meta_put& p) {
  auto made = find_.bind(p.key).step() ? find_.number(0) : revision_;
  find_.reset();
  auto sum = sum_.of(p.key, p.value, made, revision_);
  upsert_.bind(p.key, p.value, made, revision_, p.lease, sum).run();
  record(p.key, &p.value);
}

bool meta_writer::erase(const std::string& key) {
  erase_.bind(key).run();
  if (db_.changes() == 0)
    return false;
  record(key, nullptr);
  return true;
}

void meta_writer::record(const std::string& key, const std::string* value) {
  ++rows_;
  if (!value) {
    event_.bind(revision_, key, nullptr, sum_.of(key, "", revision_, 0)).run();
    return;
  }
  bytes_ += static_cast<int64_t>(value->size());
  event_.bind(revision_, key, *value, sum_.of(key, *value, revision_, 1)).run();
}

int64_t meta_writer::grant(int64_t ttl_ms) {
  db_.prepare("INSERT INTO lease(ttl_ms) VALUES(?)").bind(ttl_ms).run();
  return db_.last_id();
}

bool meta_writer::revoke(int64_t lease) {
  db_.prepare("DELETE FROM lease WHERE id=?").bind(lease).run();
  if (db_.changes() == 0)
    return false;
  meta_txn txn; // may hold more keys than a caller's transaction
  for (of_lease_.bind(lease); of_lease_.step();)
    txn.deletes.push_back(of_lease_.bytes(0));
  of_lease_.reset();
  execute(txn);
  return true;
}

void meta_writer::compact(revision_t up_to) {
  up_to = std::min(up_to, revision_);
  db_.prepare("DELETE FROM ev WHERE rev<=?").bind(up_to).run();
  db_.prepare("UPDATE info SET value=? WHERE name=? AND value<?")
    .bind(up_to, std::string_view{"compacted"}, up_to)
    .run();
  rows_ = db_.number("SELECT count(*) FROM ev");
  bytes_ = db_.number("SELECT coalesce(sum(length(v)), 0) FROM ev");
}

revision_t meta_writer::excess(size_t rows, size_t bytes) {
  if (rows_ <= static_cast<int64_t>(2 * rows)
      && bytes_ <= static_cast<int64_t>(bytes))
    return 0;
  auto newest = db_.prepare("SELECT rev, coalesce(length(v), 0) FROM ev "
                            "ORDER BY rev DESC");
  size_t n = 0;
  size_t sum = 0;
  while (newest.step()) {
    sum += static_cast<size_t>(newest.number(1));
    if (++n > rows || sum > bytes / 2)
      return newest.number(0);
  }
  return 0;
}

// -- reader -------------------------------------------------------------------

namespace {

/// Several statements that see one state.
class read_transaction {
public:
  explicit read_transaction(sqlite_db& db) : db_(db) { db_.exec("BEGIN"); }

  read_transaction(const read_transaction&) = delete;
  read_transaction& operator=(const read_transaction&) = delete;

  ~read_transaction() {
    try {
      db_.exec("ROLLBACK");
    } catch (const meta_error&) {
      // it has ended with the error that is under way
    }
  }

private:
  sqlite_db& db_;
};

/// Statements left in the middle would keep the transaction open.
class reset_after {
public:
  explicit reset_after(sqlite_statement& it) : it_(it) {}

  reset_after(const reset_after&) = delete;
  reset_after& operator=(const reset_after&) = delete;

  ~reset_after() { it_.reset(); }

private:
  sqlite_statement& it_;
};

} // namespace

meta_reader::meta_reader(const std::filesystem::path& file) : db_(file) {
  get_ = db_.prepare("SELECT k,v,made,changed,lease,sum FROM kv WHERE k=?");
  range_ = db_.prepare("SELECT k,v,made,changed,lease,sum FROM kv "
                       "WHERE k>=? AND k<? ORDER BY k");
  events_ = db_.prepare("SELECT rev,k,v,sum FROM ev "
                        "WHERE rev>? AND k>=? AND k<? ORDER BY rev,k");
  info_ = db_.prepare("SELECT value FROM info WHERE name=?");
}

int64_t meta_reader::info(std::string_view name) {
  auto value = info_.bind(name).step() ? info_.number(0) : 0;
  info_.reset();
  return value;
}

void meta_reader::corrupt(const std::string& key) const {
  throw meta_error(meta_errc::corrupt, "state store '" + db_.path().string()
                                         + "': record '" + key
                                         + "' is damaged; restore a backup");
}

meta_record meta_reader::row(const sqlite_statement& it) {
  meta_record r{it.bytes(0), it.bytes(1), it.number(2), it.number(3),
                it.number(4)};
  if (sum_.of(r.key, r.value, r.create_revision, r.mod_revision)
      != it.number(5))
    corrupt(r.key);
  return r;
}

std::optional<meta_record> meta_reader::get(std::string_view key) {
  reset_after reset{get_};
  std::optional<meta_record> found;
  if (get_.bind(key).step())
    found = row(get_);
  return found;
}

meta_snapshot meta_reader::range(std::string_view prefix) {
  read_transaction guard{db_};
  reset_after reset{range_};
  meta_snapshot out;
  out.revision = info("revision");
  auto end = end_of(prefix);
  for (range_.bind(prefix, end); range_.step();)
    out.records.push_back(row(range_));
  return out;
}

meta_changes
meta_reader::events(std::string_view prefix, revision_t after, size_t limit) {
  read_transaction guard{db_};
  reset_after reset{events_};
  meta_changes out;
  out.revision = info("revision");
  if (after < info("compacted")) {
    out.compacted = true;
    return out;
  }
  auto end = end_of(prefix);
  for (events_.bind(after, prefix, end); events_.step();) {
    meta_event e;
    e.revision = events_.number(0);
    if (out.events.size() >= limit
        && e.revision != out.events.back().revision) {
      out.revision = out.events.back().revision;
      break;
    }
    e.key = events_.bytes(1);
    e.value = events_.bytes(2);
    auto removed = events_.is_null(2);
    e.what = removed ? meta_event::kind::removed : meta_event::kind::put;
    if (sum_.of(e.key, e.value, e.revision, removed ? 0 : 1)
        != events_.number(3))
      corrupt(e.key);
    out.events.push_back(std::move(e));
  }
  return out;
}

std::vector<std::pair<int64_t, int64_t>> meta_reader::leases() {
  std::vector<std::pair<int64_t, int64_t>> out;
  for (auto it = db_.prepare("SELECT id, ttl_ms FROM lease"); it.step();)
    out.emplace_back(it.number(0), it.number(1));
  return out;
}

} // namespace roles
