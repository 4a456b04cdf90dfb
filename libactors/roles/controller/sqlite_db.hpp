#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

/// The few calls of SQLite that `sqlite_meta_store` needs, with errors as
/// `meta_error` that name the file. Internal. One thread at a time.

namespace roles {

class sqlite_statement;

class sqlite_db {
public:
  /// Opens or creates `path` with WAL and synchronous=FULL: a commit is on
  /// disk when it returns.
  explicit sqlite_db(std::filesystem::path path);

  void exec(const char* sql);
  sqlite_statement prepare(std::string_view sql);

  /// First column of the first row.
  int64_t number(std::string_view sql);
  std::string text(std::string_view sql);

  /// Rows changed by the last statement.
  int64_t changes() const;
  int64_t last_id() const;

  [[noreturn]] void fail(int code, std::string_view doing) const;

  const std::filesystem::path& path() const { return path_; }

private:
  struct close_db {
    void operator()(sqlite3* db) const noexcept;
  };

  std::filesystem::path path_;
  std::unique_ptr<sqlite3, close_db> db_;
};

/// A prepared statement: bind from the first parameter on, then step.
class sqlite_statement {
public:
  sqlite_statement() = default;

  sqlite_statement(const sqlite_db* db, sqlite3_stmt* raw)
    : db_(db), it_(raw) {}

  /// Resets the statement and binds all parameters; text is bound as blob and
  /// must live until the next `bind`.
  template <class... Ts>
  sqlite_statement& bind(const Ts&... values) {
    reset();
    int i = 0;
    (bind_one(++i, values), ...);
    return *this;
  }

  /// @returns whether there is a row.
  bool step();

  /// `step` for statements without rows.
  void run();

  int64_t number(int column) const;
  std::string bytes(int column) const;
  bool is_null(int column) const;
  void reset();

private:
  struct finalize {
    void operator()(sqlite3_stmt* raw) const noexcept;
  };

  void bind_one(int at, int64_t value);
  void bind_one(int at, std::string_view value);

  void bind_one(int at, const std::string& v) {
    bind_one(at, std::string_view{v});
  }

  void bind_one(int at, std::nullptr_t);

  const sqlite_db* db_ = nullptr;
  std::unique_ptr<sqlite3_stmt, finalize> it_;
};

} // namespace roles
