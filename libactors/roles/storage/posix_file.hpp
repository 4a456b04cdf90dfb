#pragma once

#include <actors/process/unique_fd.hpp>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

/// Files as durable stores need them: descriptors that close themselves and
/// never reach a child process, whole writes, syncs whose result is checked.
/// No state; any thread. Every function throws `storage_error` with the path.

namespace roles {

using actors::unique_fd;

/// @throws storage_error for `errno`: `full`, `read_only`, `not_found` or `io`,
/// with `what`, the path and the system's text.
[[noreturn]] void throw_errno(const std::string& what,
                              const std::filesystem::path& path);

/// `open(2)` with O_CLOEXEC and mode 0600.
unique_fd open_file(const std::filesystem::path& path, int flags);

/// Writes all of `bytes` at the descriptor's place.
void write_all(int fd,
               std::span<const std::byte> bytes,
               const std::filesystem::path& path);

/// Reads up to `limit` bytes from the start; less only at the end of the file.
std::string read_all(int fd, size_t limit, const std::filesystem::path& path);

/// `fdatasync(2)`: the bytes and the length are on disk afterwards.
void sync_data(int fd, const std::filesystem::path& path);

/// Makes creations, renames and removals in a directory durable.
void sync_directory(const std::filesystem::path& directory);

/// Creates a directory of mode 0700 unless it is there.
void make_directory(const std::filesystem::path& directory);

/// An exclusive lock on a directory through the file `lock` in it, which names
/// the holder. Released with the object or by the end of the process; children
/// do not inherit it.
class directory_lock {
public:
  /// @throws storage_error `in_use`: "... in use by process N", `read_only`.
  explicit directory_lock(const std::filesystem::path& directory);

private:
  unique_fd fd_;
};

} // namespace roles
