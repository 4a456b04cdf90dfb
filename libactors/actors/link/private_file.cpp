#include <actors/link/private_file.hpp>
#include <actors/process/unique_fd.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace actors::link {

namespace fs = std::filesystem;

namespace {

std::string failed(const std::string& what, const fs::path& path) {
  return "cannot " + what + " " + path.string() + ": "
         + std::error_code{errno, std::generic_category()}.message();
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR)
      return false;
    bytes.remove_prefix(n < 0 ? 0 : static_cast<size_t>(n));
  }
  return true;
}

bool fill(int fd, std::string_view bytes, mode_t mode) {
  return ::fchmod(fd, mode) == 0 && write_all(fd, bytes) && ::fsync(fd) == 0;
}

bool give_name(const std::string& from, const fs::path& to, bool replace) {
  auto flags = replace ? 0U : unsigned{RENAME_NOREPLACE};
  return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0;
}

void make_durable(const fs::path& folder) {
  unique_fd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (fd)
    ::fsync(fd.get());
}

} // namespace

std::optional<std::string> write_file(const fs::path& path,
                                      std::string_view bytes,
                                      mode_t mode,
                                      bool replace) {
  auto beside = path.string() + ".XXXXXX";
  unique_fd fd{::mkostemp(beside.data(), O_CLOEXEC)}; // of mode 0600
  if (!fd)
    return failed("create", path);
  if (!fill(fd.get(), bytes, mode) || !give_name(beside, path, replace)) {
    auto why = errno == EEXIST
                 ? path.string() + " exists already; --force replaces it"
                 : failed("write", path);
    ::unlink(beside.c_str());
    return why;
  }
  make_durable(path.has_parent_path() ? path.parent_path() : fs::path{"."});
  return std::nullopt;
}

std::optional<std::string> make_private_folder(const fs::path& x) {
  std::error_code error;
  auto above = x.parent_path();
  if (!above.empty())
    fs::create_directories(above, error);
  if (!error && ::mkdir(x.c_str(), 0700) != 0 && errno != EEXIST)
    error = {errno, std::generic_category()};
  if (!error && !fs::is_directory(x, error) && !error)
    error = std::make_error_code(std::errc::not_a_directory);
  if (error)
    return "cannot make the folder " + x.string() + ": " + error.message();
  return std::nullopt;
}

} // namespace actors::link
