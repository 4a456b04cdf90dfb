#include <models/io/sha256.hpp>
#include <shell/core/errors.hpp>
#include <shell/core/interrupt.hpp>
#include <shell/net/local_file.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace lepton_shell {

namespace {

constexpr size_t block = size_t{1} << 18;

[[noreturn]] void refuse(const std::string& path) {
  throw refusal(path + ": " + std::strerror(errno));
}

int open_unlinked() {
  auto folder = std::getenv("TMPDIR");
  std::string name = folder != nullptr && *folder != '\0' ? folder : "/tmp";
  auto fd = open(name.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0)
    return fd;
  name += "/lepton-XXXXXX"; // a file system without O_TMPFILE
  fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd >= 0)
    unlink(name.c_str());
  return fd;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR)
      return false;
    if (n > 0)
      bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

} // namespace

bool exists_here(const std::string& path) {
  struct stat info {};

  return stat(path.c_str(), &info) == 0 || errno == EACCES;
}

local_file::local_file(const std::string& path)
  : path_(path == "-" ? "standard input" : path) {
  fd_ =
    path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);

  struct stat info {};

  if (fd_ < 0 || fstat(fd_, &info) != 0)
    refuse(path_);
  if (S_ISDIR(info.st_mode)) {
    close(fd_);
    throw refusal(path_ + ": is a directory, expected a file");
  }
  bytes_ = static_cast<uint64_t>(info.st_size);
  if (!S_ISREG(info.st_mode) || path == "-")
    spool();
}

local_file::~local_file() {
  if (fd_ >= 0)
    close(fd_);
}

void local_file::spool() {
  auto to = open_unlinked();
  if (to < 0)
    throw refusal(std::string("no temporary file: ") + std::strerror(errno));
  auto from = std::exchange(fd_, to);
  auto buffer = std::make_unique<char[]>(block);
  bytes_ = 0;
  ssize_t n = 0;
  while ((n = ::read(from, buffer.get(), block)) != 0) {
    if (interrupt_pending() || (n < 0 && errno != EINTR)
        || (n > 0 && !write_all(to, {buffer.get(), static_cast<size_t>(n)}))) {
      auto reason = errno;
      close(from);
      check_interrupt();
      throw refusal(path_ + ": " + std::strerror(reason));
    }
    bytes_ += n > 0 ? static_cast<uint64_t>(n) : 0;
  }
  close(from);
}

size_t local_file::read(char* to, size_t n, uint64_t at) const {
  n = static_cast<size_t>(std::min<uint64_t>(n, bytes_ - std::min(at, bytes_)));
  size_t done = 0;
  while (done < n) {
    auto got = pread(fd_, to + done, n - done, static_cast<off_t>(at + done));
    if (got < 0 && errno != EINTR)
      refuse(path_);
    if (got == 0)
      throw refusal(path_ + ": became shorter while it was read");
    done += got > 0 ? static_cast<size_t>(got) : 0;
  }
  return n;
}

std::string local_file::hash(const progress_fn& progress) const {
  models::sha256 sum;
  auto buffer = std::make_unique<char[]>(block);
  for (uint64_t at = 0; at < bytes_;) {
    check_interrupt();
    auto n = read(buffer.get(), block, at);
    sum.update(std::string_view{buffer.get(), n});
    at += n;
    if (progress)
      progress(at, bytes_);
  }
  return sum.finish_hex();
}

new_file::new_file(const std::string& path)
  : path_(path), temporary_(path + ".XXXXXX") {
  struct stat info {};

  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    errno = S_ISDIR(info.st_mode) ? EISDIR : EEXIST;
    throw refusal(path + ": " + std::strerror(errno));
  }
  fd_ = mkostemp(temporary_.data(), O_CLOEXEC);
  if (fd_ < 0)
    throw refusal(path + ": cannot be written: " + std::strerror(errno));
  auto mask = umask(0);
  umask(mask);
  fchmod(fd_, 0666 & ~mask); // mkostemp gives 0600
}

new_file::~new_file() {
  if (fd_ < 0)
    return;
  close(fd_);
  unlink(temporary_.c_str());
}

void new_file::fail(const char* what) const {
  throw refusal(path_ + ": " + what + ": " + std::strerror(errno));
}

void new_file::write(std::string_view bytes) {
  if (!write_all(fd_, bytes))
    fail("cannot be written");
}

void new_file::commit() {
  if (fsync(fd_) != 0)
    fail("cannot be written");
  if (rename(temporary_.c_str(), path_.c_str()) != 0)
    fail("cannot be replaced");
  close(std::exchange(fd_, -1));
}

} // namespace lepton_shell
