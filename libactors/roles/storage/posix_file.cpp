#include <roles/storage/errors.hpp>
#include <roles/storage/posix_file.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace roles {

namespace {

storage_errc code_of(int error) {
  switch (error) {
  case ENOSPC:
  case EDQUOT:
  case EFBIG:
    return storage_errc::full;
  case EROFS:
  case EACCES:
  case EPERM:
    return storage_errc::read_only;
  case ENOENT:
    return storage_errc::not_found;
  default:
    return storage_errc::io;
  }
}

/// The process that wrote itself into a lock file, as text; "?" when unknown.
std::string holder_of(int fd) {
  std::array<char, 24> text{};
  auto n = ::pread(fd, text.data(), text.size() - 1, 0);
  std::string pid(text.data(), n > 0 ? static_cast<size_t>(n) : 0);
  while (!pid.empty() && (pid.back() < '0' || pid.back() > '9'))
    pid.pop_back();
  return pid.empty() ? "?" : pid;
}

} // namespace

void throw_errno(const std::string& what, const std::filesystem::path& path) {
  auto error = errno;
  throw storage_error(code_of(error), what + " '" + path.string()
                                        + "': " + std::strerror(error));
}

unique_fd open_file(const std::filesystem::path& path, int flags) {
  unique_fd fd{::open(path.c_str(), flags | O_CLOEXEC, 0600)};
  if (!fd)
    throw_errno("cannot open", path);
  return fd;
}

void write_all(int fd,
               std::span<const std::byte> bytes,
               const std::filesystem::path& path) {
  while (!bytes.empty()) {
    auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      throw_errno("cannot write", path);
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
}

std::string read_all(int fd, size_t limit, const std::filesystem::path& path) {
  struct stat info {};

  if (::fstat(fd, &info) != 0)
    throw_errno("cannot stat", path);
  std::string bytes(std::min(limit, static_cast<size_t>(info.st_size)), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    auto n = ::pread(fd, bytes.data() + done, bytes.size() - done,
                     static_cast<off_t>(done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      throw_errno("cannot read", path);
    if (n == 0)
      break;
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

void sync_data(int fd, const std::filesystem::path& path) {
  if (::fdatasync(fd) != 0)
    throw_errno("cannot sync", path);
}

void sync_directory(const std::filesystem::path& directory) {
  auto fd = open_file(directory, O_RDONLY | O_DIRECTORY);
  if (::fsync(fd.get()) != 0)
    throw_errno("cannot sync", directory);
}

void make_directory(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    throw_errno("cannot create directory", directory);
}

directory_lock::directory_lock(const std::filesystem::path& directory) {
  auto path = directory / "lock";
  auto fd = open_file(path, O_RDWR | O_CREAT);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      throw_errno("cannot lock", path);
    throw storage_error(storage_errc::in_use,
                        "data directory '" + directory.string()
                          + "' is in use by process " + holder_of(fd.get()));
  }
  auto pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd.get(), 0) != 0)
    throw_errno("cannot write", path);
  write_all(fd.get(), std::as_bytes(std::span(pid)), path);
  fd_ = std::move(fd);
}

} // namespace roles
