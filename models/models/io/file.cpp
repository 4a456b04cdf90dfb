#include <models/core/error.hpp>
#include <models/io/file.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace models {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* what) {
  auto reason = std::strerror(errno);
  throw data_error(path.string() + ": cannot " + what + " it: " + reason);
}

/// An open file, closed when it goes.
class descriptor {
public:
  explicit descriptor(int fd) : fd_(fd) {}

  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  int get() const { return fd_; }

  /// Closes it and says whether that went well.
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

private:
  int fd_;
};

void write_all(int fd,
               std::string_view bytes,
               const std::filesystem::path& path) {
  while (!bytes.empty()) {
    auto count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      fail(path, "write");
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

/// Makes the directory's entry durable, too.
void sync_directory(const std::filesystem::path& directory) {
  descriptor d(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (d.get() < 0 || ::fsync(d.get()) != 0)
    fail(directory, "sync");
}

} // namespace

std::string read_file(const std::filesystem::path& path, uint64_t max_bytes) {
  descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0)
    fail(path, "open");
  std::string bytes;
  constexpr size_t step = 1 << 20;
  while (true) {
    auto size = bytes.size();
    bytes.resize(size + step);
    auto count = ::read(file.get(), bytes.data() + size, step);
    if (count < 0 && errno != EINTR)
      fail(path, "read");
    bytes.resize(size + static_cast<size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0)
      return bytes;
    if (bytes.size() > max_bytes)
      throw data_error(path.string() + ": larger than "
                       + std::to_string(max_bytes) + " bytes");
  }
}

void save_file(const std::filesystem::path& path, std::string_view bytes) {
  auto directory =
    path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  auto temporary = path.string() + ".XXXXXX";
  descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0)
    fail(path, "create");
  try {
    write_all(file.get(), bytes, path);
    if (::fchmod(file.get(), 0644) != 0 || ::fsync(file.get()) != 0
        || !file.close())
      fail(path, "write");
    if (::rename(temporary.c_str(), path.c_str()) != 0)
      fail(path, "replace");
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_directory(directory);
}

} // namespace models
