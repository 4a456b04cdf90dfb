#include <actors/process/cgroup.hpp>
#include <models/core/error.hpp>
#include <roles/compute/job_memory.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <sstream>

namespace roles {

namespace {

namespace fs = std::filesystem;

constexpr auto unlimited = std::numeric_limits<uint64_t>::max();

std::string text_of(const fs::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// The number in a file; none if it holds a word ("max").
std::optional<uint64_t> number_in(const fs::path& file) {
  std::ifstream in{file};
  uint64_t n = 0;
  return in >> n ? std::optional{n} : std::nullopt;
}

/// The number after a word at the beginning of a line.
std::optional<uint64_t> number_after(const std::string& text,
                                     const std::string& word) {
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields{line};
    std::string first;
    uint64_t n = 0;
    if (fields >> first >> n && first == word)
      return n;
  }
  return {};
}

/// What a group leaves; files that are only cached can be given up.
uint64_t left_in(const fs::path& group,
                 const char* limit_file,
                 const char* usage_file,
                 const char* cached_word) {
  auto limit = number_in(group / limit_file);
  auto used = number_in(group / usage_file);
  if (!limit || !used)
    return unlimited;
  auto cached =
    number_after(text_of(group / "memory.stat"), cached_word).value_or(0);
  auto needed = *used - std::min(*used, cached);
  return *limit - std::min(*limit, needed);
}

/// The directory of our group for memory, version 1, where it usually is.
std::string group_of_version_1(const std::string& membership) {
  std::istringstream lines{membership};
  for (std::string line; std::getline(lines, line);)
    if (auto at = line.find(":memory:"); at != std::string::npos)
      return "/sys/fs/cgroup/memory" + line.substr(at + 8);
  return {};
}

/// The least that the group and those above it leave.
template <class Left>
uint64_t least_left(const fs::path& root, std::string group, Left left) {
  auto least = unlimited;
  while (group.size() > 1) {
    least = std::min(least, left(root / group.substr(1)));
    group.erase(group.find_last_of('/'));
  }
  return least;
}

std::string in_words(double bytes) {
  char text[64];
  auto gib = bytes / (1 << 30);
  if (gib >= 1)
    std::snprintf(text, sizeof text, "%.1f GiB", gib);
  else
    std::snprintf(text, sizeof text, "%.0f MiB", bytes / (1 << 20));
  return text;
}

} // namespace

uint64_t available_memory(const fs::path& root) {
  auto kib = number_after(text_of(root / "proc/meminfo"), "MemAvailable:");
  auto least = kib ? *kib * 1024 : unlimited;
  auto membership = text_of(root / "proc/self/cgroup");
  auto version_2 = actors::own_cgroup_directory(
    text_of(root / "proc/self/mountinfo"), membership);
  least = std::min(least, least_left(root, version_2, [](const fs::path& x) {
                     return left_in(x, "memory.max", "memory.current",
                                    "inactive_file");
                   }));
  return std::min(least, least_left(root, group_of_version_1(membership),
                                    [](const fs::path& x) {
                                      return left_in(x, "memory.limit_in_bytes",
                                                     "memory.usage_in_bytes",
                                                     "total_inactive_file");
                                    }));
}

void require_memory(double bytes,
                    const std::string& what,
                    const std::string& remedy) {
  auto available = static_cast<double>(available_memory());
  if (bytes > available)
    throw models::data_error{what + " needs about " + in_words(bytes)
                             + " of memory, " + in_words(available)
                             + " are available: " + remedy};
}

} // namespace roles
