#pragma once

#include <actors/snapshot/snapshot_store.hpp>

#include <condition_variable>
#include <filesystem>
#include <set>
#include <thread>
#include <vector>

namespace actors {

/// Snapshots in files below a directory, a folder for each key: they survive
/// the program and the machine. A file is written beside its place, synced and
/// renamed, so that there is never half of one; every read is checked. Files
/// that are broken or set aside get another ending and stay.
///
/// Writes in one thread of its own. What cannot be written is told to
/// `on_problem`, in that thread; the child goes on.
class disk_snapshot_store : public snapshot_store {
public:
  using problem_handler = std::function<void(const std::string& text)>;

  /// @param directory is made if it is not there; only one store may use it
  /// @param keep how many of each child, at least 1
  /// @throws std::filesystem::filesystem_error when it cannot be made
  explicit disk_snapshot_store(std::filesystem::path directory,
                               size_t keep = 2,
                               problem_handler on_problem = {});

  /// Writes what is left to write.
  ~disk_snapshot_store() override;

  void save(const std::string& key, std::string bytes) override;
  std::optional<snapshot> newest(const std::string& key) override;
  void set_aside(const std::string& key, uint64_t number) override;
  void flush() override;

  /// The folder of a key, whatever characters it has.
  std::filesystem::path folder_of(const std::string& key) const;

private:
  struct entry {
    uint64_t last = 0;               ///< number given last; 0: not read yet
    std::optional<snapshot> pending; ///< to be written
    std::optional<snapshot> writing;
    std::set<uint64_t> unwanted; ///< set aside before they were written
  };

  void work();
  void write(const std::string& key, const snapshot& x);
  void complain(const std::string& text) const;
  uint64_t& last_of(const std::string& key);
  std::optional<snapshot> newest_on_disk(const std::string& key);
  bool is_unwanted(const std::string& key, uint64_t number);

  const std::filesystem::path directory_;
  const size_t keep_;
  const problem_handler on_problem_;
  std::mutex mutex_; // guards what follows
  std::condition_variable changed_;
  std::map<std::string, entry> entries_;
  std::deque<std::string> todo_; ///< keys with something pending
  bool busy_ = false;
  bool stopping_ = false;
  std::thread writer_; // last: it uses the rest
};

} // namespace actors
