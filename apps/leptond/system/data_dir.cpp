#include <leptond/core/text.hpp>
#include <leptond/system/data_dir.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace leptond {

namespace {

namespace fs = std::filesystem;

failure unusable(const std::string& path, const std::string& why) {
  return {exit_no_place, {"data directory " + path + ' ' + why}};
}

failure unwritable(const std::string& path, int error) {
  return unusable(path,
                  "cannot be written: " + std::string{std::strerror(error)}
                    + "; make it writable or choose another "
                      "node.data_dir");
}

/// mkdir -p with mode 0700 for what is new.
int make_directories(const fs::path& path) {
  fs::path so_far;
  for (const auto& part : path) {
    so_far /= part;
    if (::mkdir(so_far.c_str(), 0700) == 0 || errno == EEXIST)
      continue;
    struct stat info = {};
    const auto error = errno;
    // EROFS and EACCES may come before EEXIST for a parent that is there.
    if (::stat(so_far.c_str(), &info) != 0)
      return error;
  }
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0)
    return errno;
  return S_ISDIR(info.st_mode) ? 0 : ENOTDIR;
}

bool take_lock(int fd) {
  using namespace std::chrono_literals;
  constexpr int tries = 7;
  for (int i = 0; i < tries; ++i) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0)
      return true;
    std::this_thread::sleep_for(50ms);
  }
  return false;
}

std::string owner_of(int fd) {
  std::array<char, 32> text{};
  const auto n = ::pread(fd, text.data(), text.size() - 1, 0);
  auto pid = std::string{text.data(), static_cast<std::size_t>(n > 0 ? n : 0)};
  pid.erase(std::min(pid.find_first_not_of("0123456789"), pid.size()));
  return pid.empty() ? "another process" : "process " + pid;
}

/// Writes the whole text to a new file and makes it durable.
/// @returns 0 or errno
int write_durably(const std::string& path, const std::string& text) {
  const auto fresh = path + ".new";
  const int fd =
    ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return errno;
  auto error = 0;
  if (::write(fd, text.data(), text.size())
      != static_cast<ssize_t>(text.size()))
    error = errno != 0 ? errno : ENOSPC;
  if (error == 0 && ::fsync(fd) != 0)
    error = errno;
  ::close(fd);
  if (error == 0 && ::rename(fresh.c_str(), path.c_str()) != 0)
    error = errno;
  if (error != 0)
    ::unlink(fresh.c_str());
  return error;
}

int sync_directory(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return errno;
  const auto error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return error;
}

std::string read_start(const std::string& path) {
  constexpr std::size_t longest = 4096;
  std::ifstream in{path, std::ios::binary};
  std::string text(longest, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

/// @param fresh set when the directory had no owner yet
std::optional<failure>
claim(const std::string& path, const std::string& node, bool& fresh) {
  const auto file = path + "/node.json";
  std::error_code ignored;
  if (!fs::exists(file, ignored)) {
    fresh = true;
    const nlohmann::json identity = {{"node", node}, {"format", 1}};
    auto error = write_durably(file, identity.dump() + '\n');
    if (error == 0)
      error = sync_directory(path);
    if (error != 0)
      return unwritable(path, error);
    return std::nullopt;
  }
  const auto identity = nlohmann::json::parse(read_start(file), nullptr, false);
  if (!identity.is_object() || !identity.contains("node")
      || !identity["node"].is_string())
    return unusable(path, "has a damaged node.json; if it is node " + node
                            + "'s, write {\"node\": \"" + node
                            + "\", \"format\": 1} into it");
  const auto owner = identity["node"].get<std::string>();
  if (owner != node)
    return unusable(path, "belongs to node " + printable(owner)
                            + ", this is node " + node
                            + "; choose another node.data_dir or the right "
                              "node.name");
  return std::nullopt;
}

/// A file system that has become read-only still lets the lock be opened.
int try_to_write(const std::string& path) {
  const auto probe = path + "/.probe";
  const int fd =
    ::open(probe.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return errno;
  ::close(fd);
  ::unlink(probe.c_str());
  return 0;
}

} // namespace

data_dir::data_dir(data_dir&& other) noexcept
  : path_(std::move(other.path_)),
    lock_(std::exchange(other.lock_, -1)),
    fresh_(other.fresh_) {}

data_dir& data_dir::operator=(data_dir&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  std::swap(fresh_, other.fresh_);
  return *this;
}

data_dir::~data_dir() {
  if (lock_ >= 0)
    ::close(lock_);
}

result<data_dir> open_data_dir(const std::string& path,
                               const std::string& node) {
  if (const auto error = make_directories(path))
    return unusable(path,
                    "cannot be created: " + std::string{std::strerror(error)}
                      + "; choose another node.data_dir");
  const auto file = path + "/lock";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return unwritable(path, errno);
  data_dir held{path, fd};
  if (!take_lock(fd))
    return unusable(path, "is in use by " + owner_of(fd)
                            + "; stop it or choose another node.data_dir");
  const auto pid = std::to_string(::getpid()) + '\n';
  if (::ftruncate(fd, 0) != 0
      || ::pwrite(fd, pid.data(), pid.size(), 0)
           != static_cast<ssize_t>(pid.size()))
    return unwritable(path, errno);
  if (const auto error = try_to_write(path))
    return unwritable(path, error);
  if (const auto problem = claim(path, node, held.fresh_))
    return *problem;
  return result<data_dir>{std::move(held)};
}

} // namespace leptond
