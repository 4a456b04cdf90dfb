#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

/// Where the states of children are kept, so that a restart need not begin
/// with nothing. What the bytes mean is the child's business.
namespace actors {

struct snapshot {
  uint64_t number = 0; ///< grows with every one of the same child; from 1
  std::string bytes;
};

/// A place for snapshots, by key (the child's path). Implementations are
/// thread safe. Write one for another place (a database, another node): all
/// that children and supervisors need is here.
class snapshot_store {
public:
  virtual ~snapshot_store();

  /// Keeps the newest snapshot of `key` and drops the oldest beyond what the
  /// store keeps. Never blocks: a slow store writes later, in a thread of its
  /// own, the newest only if it falls behind.
  virtual void save(const std::string& key, std::string bytes) = 0;

  /// The newest snapshot that is sound, also if it has just been saved. May
  /// block to read.
  virtual std::optional<snapshot> newest(const std::string& key) = 0;

  /// This one is not offered again, but kept for people to look at.
  virtual void set_aside(const std::string& key, uint64_t number) = 0;

  /// Returns when all that was saved is durable.
  virtual void flush() = 0;
};

/// Snapshots that live as long as this object: over restarts of a child, not
/// of the program.
class memory_snapshot_store : public snapshot_store {
public:
  /// @param keep how many of each child, at least 1
  explicit memory_snapshot_store(size_t keep = 2) : keep_{keep} {}

  void save(const std::string& key, std::string bytes) override;
  std::optional<snapshot> newest(const std::string& key) override;
  void set_aside(const std::string& key, uint64_t number) override;

  void flush() override {}

private:
  struct entry {
    uint64_t last = 0;
    std::deque<snapshot> kept; ///< oldest first
  };

  const size_t keep_;
  std::mutex mutex_; // guards what follows
  std::map<std::string, entry> entries_;
};

} // namespace actors
