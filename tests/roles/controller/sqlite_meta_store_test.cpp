#include <roles/controller/sqlite_meta_store.hpp>

#include <atomic>
#include <sqlite3.h>
#include <sstream>
#include <sys/resource.h>

#include "tests/roles/controller/meta_store_conformance.hpp"
#include "tests/roles/killed_child.hpp"
#include "tests/roles/temp_dir.hpp"

using namespace roles;
using namespace roles_test;

namespace {

struct sqlite_backend : meta_backend {
  sqlite_backend() { reopen(); }

  meta_store& store() override { return *store_; }

  void reopen() override {
    store_.reset();
    sqlite_meta_options options;
    options.directory = dir.path();
    options.history = 50;
    options.now_ms = [this] { return clock.load(); };
    store_ = open_sqlite_meta_store(options);
  }

  void advance_ms(int64_t ms) override { clock += ms; }

  void close() { store_.reset(); }

  temp_dir dir;
  std::atomic<int64_t> clock{0};
  std::unique_ptr<meta_store> store_;
};

std::unique_ptr<meta_store> open_at(const std::filesystem::path& directory) {
  sqlite_meta_options options;
  options.directory = directory;
  return open_sqlite_meta_store(options);
}

/// Changes the file behind the store's back.
void tamper(const std::filesystem::path& file, const char* sql) {
  sqlite3* db = nullptr;
  BOOST_REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  BOOST_REQUIRE(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

std::string error_of(const std::filesystem::path& directory, meta_errc code) {
  try {
    open_at(directory);
  } catch (const meta_error& e) {
    BOOST_TEST((e.code() == code), e.what());
    return e.what();
  }
  BOOST_ERROR("opened");
  return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(sqlite_meta_store_conformance)
META_STORE_CONFORMANCE(sqlite_backend)
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sqlite_meta_store)

BOOST_FIXTURE_TEST_CASE(a_second_opener_learns_which_process_holds_it,
                        sqlite_backend) {
  auto text = error_of(dir.path(), meta_errc::in_use);
  BOOST_TEST(text.find("in use by process " + std::to_string(::getpid()))
             != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(it_can_be_opened_again_once_closed, sqlite_backend) {
  put(store(), "a", "1");
  close();
  BOOST_TEST(open_at(dir.path())->get("a")->value == "1");
}

BOOST_FIXTURE_TEST_CASE(another_schema_is_refused, sqlite_backend) {
  close();
  tamper(dir.path() / "meta.db", "PRAGMA user_version=7");
  auto text = error_of(dir.path(), meta_errc::schema);
  BOOST_TEST(text.find("schema 7") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_foreign_database_is_refused, sqlite_backend) {
  close();
  tamper(dir.path() / "meta.db", "PRAGMA application_id=5");
  error_of(dir.path(), meta_errc::schema);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_refused) {
  temp_dir dir;
  write_file(dir.path() / "meta.db", std::string(5000, 'x'));
  error_of(dir.path(), meta_errc::corrupt);
  BOOST_TEST(read_file(dir.path() / "meta.db") == std::string(5000, 'x'));
}

BOOST_FIXTURE_TEST_CASE(a_changed_value_is_never_served, sqlite_backend) {
  put(store(), "a", "1");
  put(store(), "b", "2");
  close();
  tamper(dir.path() / "meta.db",
         "UPDATE kv SET v=CAST('3' AS BLOB) WHERE k=CAST('a' AS BLOB)");
  reopen();
  BOOST_TEST(fails_with(meta_errc::corrupt, [&] { store().get("a"); }));
  BOOST_TEST(fails_with(meta_errc::corrupt, [&] { store().range(""); }));
  BOOST_TEST(store().get("b")->value == "2");
}

BOOST_FIXTURE_TEST_CASE(an_impossible_directory_is_refused, sqlite_backend) {
  BOOST_TEST(fails_with(meta_errc::io, [&] { open_at("/proc/self/x/y"); }));
}

BOOST_FIXTURE_TEST_CASE(history_is_cut_by_itself, sqlite_backend) {
  for (int i = 0; i < 300; ++i)
    put(store(), "a", std::to_string(i));
  BOOST_TEST(store().events_since("", 0).compacted);
  auto kept = store().events_since("", 300 - 49);
  BOOST_TEST(!kept.compacted);
  BOOST_TEST(kept.events.size() == 49u);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_reported_and_nothing_of_it_acknowledged) {
  temp_dir dir;
  auto text = run_and_kill(
    [&](int fd) {
      auto store = open_at(dir.path());
      rlimit limit{200'000, 200'000}; // the log cannot grow beyond
      ::setrlimit(RLIMIT_FSIZE, &limit);
      ::signal(SIGXFSZ, SIG_IGN);
      for (int i = 0;; ++i) {
        auto key = "k" + std::to_string(i);
        try {
          put(*store, key, std::string(20'000, 'x'));
          acknowledge(fd, key);
        } catch (const meta_error& e) {
          auto readable = store->get("k0").has_value();
          acknowledge(fd, readable ? "refused" : "unreadable");
          return;
        }
      }
    },
    1'000'000, 0);
  auto store = open_at(dir.path());
  std::istringstream lines(text);
  std::string line;
  size_t kept = 0;
  for (; std::getline(lines, line) && line[0] == 'k'; ++kept)
    BOOST_TEST(store->get(line).has_value());
  BOOST_TEST(line == "refused");
  BOOST_TEST(kept > 0u);
  BOOST_TEST(store->range("k").records.size() == kept);
  BOOST_TEST(put(*store, "after", "1").succeeded);
}

BOOST_AUTO_TEST_CASE(every_acknowledged_write_survives_kill_9) {
  constexpr unsigned seed = 20260726;
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  temp_dir dir;
  size_t acknowledged = 0;
  for (int round = 0; round < 24; ++round) {
    auto text = run_and_kill(
      [&](int fd) {
        auto store = open_at(dir.path());
        for (int i = 0;; ++i) {
          auto key = std::to_string(round) + "/" + std::to_string(i);
          store->submit({{}, {{key, std::string(i % 3000, 'v')}}, {}},
                        [=](txn_outcome o) {
                          if (!o.error)
                            acknowledge(fd, key);
                        });
          if (i % 8 == 7) // some batches, not one endless queue
            put(*store, "sync", "");
        }
      },
      random() % 60, random() % 3000);
    auto store = open_at(dir.path());
    std::istringstream lines(text);
    for (std::string key; std::getline(lines, key); ++acknowledged) {
      auto record = store->get(key);
      BOOST_REQUIRE_MESSAGE(record, "round " << round << " lost " << key);
      auto i = std::stoul(key.substr(key.find('/') + 1));
      BOOST_TEST(record->value.size() == i % 3000);
    }
  }
  BOOST_TEST(acknowledged > 300u);
}

BOOST_AUTO_TEST_SUITE_END()
