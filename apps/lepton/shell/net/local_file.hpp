#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace lepton_shell {

/// Called now and then with the bytes done and their total (0: unknown).
using progress_fn = std::function<void(uint64_t, uint64_t)>;

/// A file of the client's machine, open for reading. Pipes and `-` (standard
/// input) are copied to an unlinked temporary file first, so that size and hash
/// are known before anything is sent.
class local_file {
public:
  /// @throws refusal naming the file and what is wrong with it
  explicit local_file(const std::string& path);
  ~local_file();
  local_file(const local_file&) = delete;
  local_file& operator=(const local_file&) = delete;

  const std::string& path() const { return path_; }

  uint64_t bytes() const { return bytes_; }

  /// Reads up to `n` bytes from place `at`; fewer only at the end.
  /// @throws refusal when the disk fails or the file has become shorter
  size_t read(char* to, size_t n, uint64_t at) const;

  /// Returns the SHA-256 of the content. Reads all of it.
  std::string hash(const progress_fn& progress = {}) const;

private:
  void spool();

  std::string path_;
  int fd_ = -1;
  uint64_t bytes_ = 0;
};

/// Whether `path` names something that exists here.
bool exists_here(const std::string& path);

/// A file that appears under its name only when it is complete.
class new_file {
public:
  /// @throws refusal when it cannot be created beside `path`
  explicit new_file(const std::string& path);
  ~new_file(); ///< removes it unless `commit` was called
  new_file(const new_file&) = delete;
  new_file& operator=(const new_file&) = delete;

  void write(std::string_view bytes);

  /// Makes it durable and gives it its name, replacing what was there.
  void commit();

private:
  [[noreturn]] void fail(const char* what) const;

  std::string path_;
  std::string temporary_;
  int fd_ = -1;
};

} // namespace lepton_shell
