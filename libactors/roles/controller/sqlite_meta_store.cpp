#include <roles/controller/sqlite_meta_store.hpp>
#include <roles/controller/sqlite_meta_tables.hpp>
#include <roles/storage/errors.hpp>
#include <roles/storage/posix_file.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace roles {

namespace {

constexpr int64_t max_ttl_ms = 86'400'000;
constexpr size_t max_history_bytes = size_t{64} << 20;

int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
           std::chrono::steady_clock::now().time_since_epoch())
    .count();
}

meta_errc as_meta(storage_errc code) {
  switch (code) {
  case storage_errc::in_use:
    return meta_errc::in_use;
  case storage_errc::read_only:
    return meta_errc::read_only;
  case storage_errc::full:
    return meta_errc::full;
  default:
    return meta_errc::io;
  }
}

directory_lock lock_directory(const std::filesystem::path& directory) {
  try {
    make_directory(directory);
    return directory_lock{directory};
  } catch (const storage_error& e) {
    throw meta_error(as_meta(e.code()), e.what());
  }
}

/// The exception under way as a `meta_error`, and whether the store can no
/// longer be trusted to write after it.
std::pair<std::exception_ptr, bool> as_meta_error() {
  try {
    throw;
  } catch (const meta_error& e) {
    return {std::current_exception(),
            e.code() == meta_errc::io || e.code() == meta_errc::corrupt};
  } catch (const std::exception& e) {
    return {std::make_exception_ptr(meta_error(meta_errc::io, e.what())), true};
  }
}

class sqlite_meta_store final : public meta_store {
public:
  explicit sqlite_meta_store(sqlite_meta_options options);
  ~sqlite_meta_store() override;

  std::optional<meta_record> get(std::string_view key) override;
  meta_snapshot range(std::string_view prefix) override;
  revision_t revision() override;
  meta_changes events_since(std::string_view prefix,
                            revision_t after,
                            size_t limit) override;
  void compact(revision_t revision) override;
  void submit(meta_txn txn, txn_callback done) override;
  int64_t grant(int64_t ttl_ms) override;
  bool keep_alive(int64_t lease) override;
  bool revoke(int64_t lease) override;
  void expire_leases() override;

private:
  /// Runs in the writer thread, inside a database transaction.
  using work = std::function<txn_result(meta_writer&)>;

  struct request {
    work run;
    txn_callback done;
  };

  struct lease_state {
    int64_t ttl_ms = 0;
    int64_t deadline = 0;
    bool ending = false; ///< its removal is being committed
  };

  void enqueue(work run, txn_callback done);
  txn_result wait_for(work run);
  void write_loop();
  void write_batch(std::deque<request> batch);
  std::vector<txn_outcome> run_batch(std::deque<request>& batch);
  std::vector<int64_t> begin_expiry();
  void end_expiry(const std::vector<int64_t>& ended, bool committed);
  void trim_history();

  sqlite_meta_options options_;
  directory_lock lock_;
  meta_writer writer_; ///< of the writer thread

  std::mutex reader_mutex_;
  meta_reader reader_;

  std::mutex lease_mutex_;
  std::map<int64_t, lease_state> leases_;

  std::mutex queue_mutex_;
  std::condition_variable queued_;
  std::deque<request> queue_;
  bool closing_ = false;
  std::exception_ptr broken_; ///< of the writer thread

  std::thread thread_; ///< last: it uses all of the above
};

sqlite_meta_store::sqlite_meta_store(sqlite_meta_options options)
  : options_(std::move(options)),
    lock_(lock_directory(options_.directory)),
    writer_(options_.directory / "meta.db"),
    reader_(options_.directory / "meta.db") {
  if (!options_.now_ms)
    options_.now_ms = steady_ms;
  auto now = options_.now_ms();
  for (auto [id, ttl] : reader_.leases())
    leases_.emplace(id, lease_state{ttl, now + ttl, false});
  thread_ = std::thread([this] { write_loop(); });
}

sqlite_meta_store::~sqlite_meta_store() {
  {
    std::lock_guard guard{queue_mutex_};
    closing_ = true;
  }
  queued_.notify_all();
  thread_.join();
}

// -- reading ------------------------------------------------------------------

std::optional<meta_record> sqlite_meta_store::get(std::string_view key) {
  std::lock_guard guard{reader_mutex_};
  return reader_.get(key);
}

meta_snapshot sqlite_meta_store::range(std::string_view prefix) {
  std::lock_guard guard{reader_mutex_};
  return reader_.range(prefix);
}

revision_t sqlite_meta_store::revision() {
  std::lock_guard guard{reader_mutex_};
  return reader_.revision();
}

meta_changes sqlite_meta_store::events_since(std::string_view prefix,
                                             revision_t after,
                                             size_t limit) {
  std::lock_guard guard{reader_mutex_};
  return reader_.events(prefix, after, std::max<size_t>(limit, 1));
}

// -- writing ------------------------------------------------------------------

void sqlite_meta_store::submit(meta_txn txn, txn_callback done) {
  check(txn);
  enqueue([txn = std::move(txn)](meta_writer& db) { return db.execute(txn); },
          std::move(done));
}

void sqlite_meta_store::enqueue(work run, txn_callback done) {
  {
    std::lock_guard guard{queue_mutex_};
    if (closing_)
      throw meta_error(meta_errc::closed, "the state store is shutting down");
    if (queue_.size() >= options_.max_pending)
      throw meta_error(meta_errc::busy,
                       "the state store has " + std::to_string(queue_.size())
                         + " transactions waiting for the disk");
    queue_.push_back({std::move(run), std::move(done)});
  }
  queued_.notify_one();
}

txn_result sqlite_meta_store::wait_for(work run) {
  std::promise<txn_result> promise;
  auto result = promise.get_future();
  enqueue(std::move(run), [&promise](txn_outcome out) {
    if (out.error)
      promise.set_exception(out.error);
    else
      promise.set_value(out.result);
  });
  return result.get();
}

void sqlite_meta_store::write_loop() {
  for (;;) {
    std::deque<request> batch;
    {
      std::unique_lock guard{queue_mutex_};
      queued_.wait(guard, [this] { return closing_ || !queue_.empty(); });
      if (queue_.empty())
        return;
      batch.swap(queue_);
    }
    write_batch(std::move(batch));
  }
}

void sqlite_meta_store::write_batch(std::deque<request> batch) {
  std::vector<txn_outcome> outcomes(batch.size());
  auto ended = begin_expiry();
  try {
    if (broken_)
      std::rethrow_exception(broken_);
    writer_.begin();
    for (auto lease : ended)
      writer_.revoke(lease);
    outcomes = run_batch(batch);
    writer_.commit();
    end_expiry(ended, true);
  } catch (...) {
    writer_.rollback();
    end_expiry(ended, false);
    auto error = as_meta_error();
    outcomes.assign(batch.size(), {{}, error.first});
    if (error.second)
      broken_ = error.first;
  }
  for (size_t i = 0; i < batch.size(); ++i)
    batch[i].done(outcomes[i]);
  trim_history();
}

std::vector<txn_outcome>
sqlite_meta_store::run_batch(std::deque<request>& batch) {
  std::vector<txn_outcome> outcomes;
  for (auto& r : batch) {
    try {
      outcomes.push_back({r.run(writer_), nullptr});
    } catch (const meta_error& e) {
      if (e.code() != meta_errc::invalid)
        throw;
      outcomes.push_back({{}, std::current_exception()});
    }
  }
  return outcomes;
}

void sqlite_meta_store::trim_history() {
  if (broken_)
    return;
  try {
    auto up_to = writer_.excess(options_.history, max_history_bytes);
    if (up_to == 0)
      return;
    writer_.begin();
    writer_.compact(up_to);
    writer_.commit();
  } catch (const meta_error&) {
    writer_.rollback(); // the next batch tries again
  }
}

void sqlite_meta_store::compact(revision_t up_to) {
  wait_for([up_to](meta_writer& db) {
    db.compact(up_to);
    return txn_result{true, db.revision()};
  });
}

// -- leases -------------------------------------------------------------------

int64_t sqlite_meta_store::grant(int64_t ttl_ms) {
  if (ttl_ms < 1 || ttl_ms > max_ttl_ms)
    throw meta_error(meta_errc::invalid, "a lease lasts 1 to 86400000 ms, not "
                                           + std::to_string(ttl_ms));
  int64_t id = 0;
  wait_for([&id, ttl_ms](meta_writer& db) {
    id = db.grant(ttl_ms);
    return txn_result{true, db.revision()};
  });
  std::lock_guard guard{lease_mutex_};
  leases_.emplace(id, lease_state{ttl_ms, options_.now_ms() + ttl_ms, false});
  return id;
}

bool sqlite_meta_store::keep_alive(int64_t lease) {
  std::lock_guard guard{lease_mutex_};
  auto it = leases_.find(lease);
  auto now = options_.now_ms();
  if (it == leases_.end() || it->second.ending || it->second.deadline <= now)
    return false;
  it->second.deadline = now + it->second.ttl_ms;
  return true;
}

bool sqlite_meta_store::revoke(int64_t lease) {
  auto result = wait_for([lease](meta_writer& db) {
    return txn_result{db.revoke(lease), db.revision()};
  });
  std::lock_guard guard{lease_mutex_};
  leases_.erase(lease);
  return result.succeeded;
}

void sqlite_meta_store::expire_leases() {
  wait_for([](meta_writer& db) { return txn_result{true, db.revision()}; });
}

std::vector<int64_t> sqlite_meta_store::begin_expiry() {
  std::lock_guard guard{lease_mutex_};
  std::vector<int64_t> over;
  if (leases_.empty())
    return over;
  auto now = options_.now_ms();
  for (auto& [id, lease] : leases_)
    if (lease.deadline <= now) {
      lease.ending = true;
      over.push_back(id);
    }
  return over;
}

void sqlite_meta_store::end_expiry(const std::vector<int64_t>& ended,
                                   bool committed) {
  std::lock_guard guard{lease_mutex_};
  for (auto id : ended)
    if (committed)
      leases_.erase(id);
    else if (auto it = leases_.find(id); it != leases_.end())
      it->second.ending = false;
}

} // namespace

std::unique_ptr<meta_store>
open_sqlite_meta_store(sqlite_meta_options options) {
  return std::make_unique<sqlite_meta_store>(std::move(options));
}

} // namespace roles
