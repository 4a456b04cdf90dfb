#pragma once

#include <roles/storage/chunk_files.hpp>

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace roles {

/// A thread that writes new files and syncs them, so that a blob's writer can
/// hash the next chunk while the disk takes the last ones. Files that wait
/// together are written first and synced then, which costs the file system
/// about one commit instead of one each. The destructor finishes the queue.
class disk_writer {
public:
  struct job {
    std::filesystem::path tmp;
    std::vector<std::byte> bytes;

    /// Called in the thread with the buffer, for use again, when the file is on
    /// disk, or with the error, and then there is no file. Must not throw.
    std::function<void(std::vector<std::byte>, std::exception_ptr)> done;
  };

  explicit disk_writer(const chunk_files& files)
    : files_(files), thread_([this] { run(); }) {}

  disk_writer(const disk_writer&) = delete;
  disk_writer& operator=(const disk_writer&) = delete;
  ~disk_writer();

  void post(job j);

private:
  void run();
  void write(std::vector<job> batch);

  const chunk_files& files_;
  std::mutex mutex_;
  std::condition_variable posted_;
  std::vector<job> jobs_;
  bool closing_ = false;
  std::thread thread_;
};

} // namespace roles
