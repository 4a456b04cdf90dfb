#include <roles/controller/meta_store.hpp>
#include <roles/controller/sqlite_db.hpp>

#include <sqlite3.h>

namespace roles {

namespace {

meta_errc code_of(int code) {
  switch (code & 0xff) {
  case SQLITE_FULL:
    return meta_errc::full;
  case SQLITE_READONLY:
  case SQLITE_CANTOPEN:
  case SQLITE_PERM:
  case SQLITE_AUTH:
    return meta_errc::read_only;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return meta_errc::corrupt;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return meta_errc::in_use;
  default:
    return meta_errc::io;
  }
}

} // namespace

void sqlite_db::close_db::operator()(sqlite3* db) const noexcept {
  sqlite3_close_v2(db);
}

sqlite_db::sqlite_db(std::filesystem::path path) : path_(std::move(path)) {
  sqlite3* raw = nullptr;
  auto code = sqlite3_open_v2(
    path_.c_str(), &raw,
    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  db_.reset(raw);
  if (code != SQLITE_OK)
    fail(code, "open");
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 2000);
  if (text("PRAGMA journal_mode=WAL") != "wal")
    throw meta_error(meta_errc::io, "state store '" + path_.string()
                                      + "': this file system does not support "
                                        "write-ahead logs");
  exec("PRAGMA synchronous=FULL");
  exec("PRAGMA journal_size_limit=16777216");
}

void sqlite_db::exec(const char* sql) {
  auto code = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK)
    fail(code, sql);
}

sqlite_statement sqlite_db::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  auto code =
    sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                       SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK)
    fail(code, sql);
  return {this, raw};
}

int64_t sqlite_db::number(std::string_view sql) {
  auto it = prepare(sql);
  return it.step() ? it.number(0) : 0;
}

std::string sqlite_db::text(std::string_view sql) {
  auto it = prepare(sql);
  return it.step() ? it.bytes(0) : std::string{};
}

int64_t sqlite_db::changes() const {
  return sqlite3_changes(db_.get());
}

int64_t sqlite_db::last_id() const {
  return sqlite3_last_insert_rowid(db_.get());
}

void sqlite_db::fail(int code, std::string_view doing) const {
  auto text = "state store '" + path_.string()
              + "': " + (db_ ? sqlite3_errmsg(db_.get()) : "out of memory")
              + " (" + std::string(doing.substr(0, 60)) + ")";
  throw meta_error(code_of(code), text);
}

void sqlite_statement::finalize::operator()(sqlite3_stmt* raw) const noexcept {
  sqlite3_finalize(raw);
}

bool sqlite_statement::step() {
  auto code = sqlite3_step(it_.get());
  if (code == SQLITE_ROW)
    return true;
  if (code == SQLITE_DONE)
    return false;
  std::string sql = sqlite3_sql(it_.get());
  reset();
  db_->fail(code, sql);
}

void sqlite_statement::run() {
  step();
  reset();
}

int64_t sqlite_statement::number(int column) const {
  return sqlite3_column_int64(it_.get(), column);
}

std::string sqlite_statement::bytes(int column) const {
  const auto* data = sqlite3_column_blob(it_.get(), column);
  auto size = sqlite3_column_bytes(it_.get(), column);
  if (size <= 0)
    return {};
  return {static_cast<const char*>(data), static_cast<size_t>(size)};
}

bool sqlite_statement::is_null(int column) const {
  return sqlite3_column_type(it_.get(), column) == SQLITE_NULL;
}

void sqlite_statement::reset() {
  sqlite3_reset(it_.get());
}

void sqlite_statement::bind_one(int at, int64_t value) {
  if (sqlite3_bind_int64(it_.get(), at, value) != SQLITE_OK)
    db_->fail(SQLITE_ERROR, "bind");
}

void sqlite_statement::bind_one(int at, std::string_view value) {
  auto code = value.empty() ? sqlite3_bind_zeroblob(it_.get(), at, 0)
                            : sqlite3_bind_blob64(it_.get(), at, value.data(),
                                                  value.size(), SQLITE_STATIC);
  if (code != SQLITE_OK)
    db_->fail(code, "bind");
}

void sqlite_statement::bind_one(int at, std::nullptr_t) {
  if (sqlite3_bind_null(it_.get(), at) != SQLITE_OK)
    db_->fail(SQLITE_ERROR, "bind");
}

} // namespace roles
