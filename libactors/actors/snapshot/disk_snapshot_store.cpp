#include <actors/process/unique_fd.hpp>
#include <actors/snapshot/disk_snapshot_store.hpp>
#include <actors/snapshot/snapshot_format.hpp>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <system_error>
#include <unistd.h>

namespace actors {

namespace fs = std::filesystem;

namespace {

constexpr auto ending = ".snapshot";
constexpr auto aside = ".aside";
constexpr auto broken = ".broken";

/// Sorts as the numbers do.
std::string name_of(uint64_t number) {
  auto digits = std::to_string(number);
  return std::string(20 - digits.size(), '0') + digits + ending;
}

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error{errno, std::system_category(), what};
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      fail("write");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void sync(const fs::path& path, int flags) {
  unique_fd fd{::open(path.c_str(), flags | O_CLOEXEC)};
  if (fd.get() < 0 || ::fsync(fd.get()) != 0)
    fail("fsync " + path.string());
}

void write_durably(const fs::path& path, std::string_view bytes) {
  auto beside = path;
  beside += ".new";
  {
    unique_fd fd{
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (fd.get() < 0)
      fail("open " + beside.string());
    write_all(fd.get(), bytes);
    if (::fsync(fd.get()) != 0)
      fail("fsync " + beside.string());
  }
  if (::rename(beside.c_str(), path.c_str()) != 0)
    fail("rename " + beside.string());
  sync(path.parent_path(), O_RDONLY | O_DIRECTORY);
}

/// The numbers of the snapshots in a folder, newest first; also of those that
/// are kept aside, if asked for.
std::vector<uint64_t> numbers_in(const fs::path& folder, bool all) {
  std::vector<uint64_t> result;
  std::error_code none; // a folder that is not there has no files
  for (auto& file : fs::directory_iterator{folder, none}) {
    auto name = file.path().filename().string();
    auto number = std::strtoull(name.c_str(), nullptr, 10);
    if (number > 0 && (all || name == name_of(number)))
      result.push_back(number);
  }
  std::sort(result.rbegin(), result.rend());
  return result;
}

std::string content_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void put_away(const fs::path& file, const char* as) {
  auto to = file;
  std::error_code none; // it may be gone
  fs::rename(file, to += as, none);
}

} // namespace

disk_snapshot_store::disk_snapshot_store(fs::path directory,
                                         size_t keep,
                                         problem_handler on_problem)
  : directory_{std::move(directory)},
    keep_{std::max<size_t>(keep, 1)},
    on_problem_{std::move(on_problem)} {
  fs::create_directories(directory_);
  writer_ = std::thread{[this] { work(); }};
}

disk_snapshot_store::~disk_snapshot_store() {
  {
    std::lock_guard guard{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  writer_.join();
}

fs::path disk_snapshot_store::folder_of(const std::string& key) const {
  static constexpr auto hex = "0123456789abcdef";
  std::string name;
  for (unsigned char c : key)
    if (std::isalnum(c) || c == '-' || c == '_')
      name += static_cast<char>(c);
    else
      name += {'%', hex[c >> 4], hex[c & 15]};
  return directory_ / (name.empty() ? "%" : name);
}

/// Under the lock. Numbers go on where an earlier program left off.
uint64_t& disk_snapshot_store::last_of(const std::string& key) {
  auto& last = entries_[key].last;
  if (last == 0)
    if (auto found = numbers_in(folder_of(key), true); !found.empty())
      last = found.front();
  return last;
}

void disk_snapshot_store::save(const std::string& key, std::string bytes) {
  {
    std::lock_guard guard{mutex_};
    auto& last = last_of(key);
    auto& known = entries_[key];
    if (!known.pending)
      todo_.push_back(key);
    known.pending = snapshot{++last, std::move(bytes)};
  }
  changed_.notify_all();
}

std::optional<snapshot> disk_snapshot_store::newest(const std::string& key) {
  for (;;) {
    uint64_t last = 0;
    {
      std::lock_guard guard{mutex_};
      last = last_of(key);
      auto& known = entries_[key];
      for (auto* x : {&known.pending, &known.writing})
        if (*x && known.unwanted.count((*x)->number) == 0)
          return *x;
    }
    auto found = newest_on_disk(key);
    // Else files may have gone for newer ones while we were reading.
    std::lock_guard guard{mutex_};
    if (entries_[key].last == last)
      return found;
  }
}

std::optional<snapshot>
disk_snapshot_store::newest_on_disk(const std::string& key) {
  const auto folder = folder_of(key);
  for (auto number : numbers_in(folder, false)) {
    if (is_unwanted(key, number))
      continue; // just written, and about to be put away
    auto path = folder / name_of(number);
    auto result = decode_snapshot(content_of(path));
    if (result && result->number == number)
      return result;
    if (!fs::exists(path))
      continue;
    complain(path.string() + " is broken and set aside");
    put_away(path, broken);
  }
  return std::nullopt;
}

bool disk_snapshot_store::is_unwanted(const std::string& key, uint64_t number) {
  std::lock_guard guard{mutex_};
  return entries_[key].unwanted.count(number) > 0;
}

void disk_snapshot_store::set_aside(const std::string& key, uint64_t number) {
  {
    std::lock_guard guard{mutex_};
    auto& known = entries_[key];
    for (auto* x : {&known.pending, &known.writing})
      if (*x && (*x)->number == number)
        known.unwanted.insert(number); // on its way to the disk
  }
  put_away(folder_of(key) / name_of(number), aside);
}

void disk_snapshot_store::flush() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return todo_.empty() && !busy_; });
}

// -- the writer's thread ------------------------------------------------------

void disk_snapshot_store::work() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !todo_.empty(); });
    if (todo_.empty())
      return;
    auto key = std::move(todo_.front());
    todo_.pop_front();
    auto& known = entries_[key]; // stays where it is: a map
    known.writing = std::exchange(known.pending, std::nullopt);
    busy_ = true;
    lock.unlock();
    write(key, *known.writing);
    lock.lock();
    if (auto number = known.writing->number; known.unwanted.erase(number) > 0)
      put_away(folder_of(key) / name_of(number), aside);
    known.writing.reset();
    busy_ = false;
    changed_.notify_all();
  }
}

void disk_snapshot_store::write(const std::string& key, const snapshot& x) {
  try {
    const auto folder = folder_of(key);
    if (fs::create_directories(folder))
      sync(directory_, O_RDONLY | O_DIRECTORY);
    write_durably(folder / name_of(x.number),
                  encode_snapshot(x.number, x.bytes));
    auto numbers = numbers_in(folder, false);
    for (size_t i = keep_; i < numbers.size(); ++i)
      fs::remove(folder / name_of(numbers[i]));
  } catch (const std::exception& e) {
    complain("no snapshot of " + key + ": " + e.what());
  }
}

void disk_snapshot_store::complain(const std::string& text) const {
  if (on_problem_)
    on_problem_(text);
}

} // namespace actors
