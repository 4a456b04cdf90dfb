#include <actors/process/cgroup.hpp>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

namespace actors {

namespace {

namespace fs = std::filesystem;

constexpr auto prefix = "lepton-";

std::string text_of_file(const std::string& path) {
  std::ifstream in{path};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// @returns 0 or errno
int write_file(const std::string& path, const std::string& text) {
  unique_fd fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!fd)
    return errno;
  auto n = ::write(fd.get(), text.data(), text.size());
  return n == static_cast<ssize_t>(text.size()) ? 0 : errno;
}

bool has_word(const std::string& text, const std::string& word) {
  std::istringstream in{text};
  for (std::string x; in >> x;)
    if (x == word)
      return true;
  return false;
}

/// `\040` in mountinfo is a blank.
std::string unescape(const std::string& x) {
  std::string result;
  for (size_t i = 0; i < x.size(); ++i)
    if (x[i] == '\\' && i + 3 < x.size()) {
      result += static_cast<char>(std::stoi(x.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      result += x[i];
    }
  return result;
}

pid_t parent_of(pid_t pid) {
  auto text = text_of_file("/proc/" + std::to_string(pid) + "/stat");
  auto end = text.rfind(')'); // the name may hold anything
  if (end == std::string::npos)
    return 0;
  std::istringstream in{text.substr(end + 1)};
  char state = 0;
  pid_t parent = 0;
  in >> state >> parent;
  return parent;
}

/// A group of ours, `lepton-PID-N`, whose program is gone.
bool is_left_behind(const std::string& name) {
  if (name.rfind(prefix, 0) != 0)
    return false;
  auto pid = std::atoi(name.c_str() + std::strlen(prefix));
  return pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH;
}

struct setting {
  const char* controller;
  const char* file;
  const char* field; ///< its name in process_limits
  std::string value;
};

std::vector<setting> settings_of(const process_limits& x) {
  std::vector<setting> result;
  if (x.memory_bytes)
    result.push_back({"memory", "memory.max", "memory_bytes",
                      std::to_string(*x.memory_bytes)});
  if (x.processors) {
    auto quota = std::max(1000L, std::lround(*x.processors * 100'000));
    result.push_back(
      {"cpu", "cpu.max", "processors", std::to_string(quota) + " 100000"});
  }
  if (x.tasks)
    result.push_back({"pids", "pids.max", "tasks", std::to_string(*x.tasks)});
  return result;
}

} // namespace

// -- one group ----------------------------------------------------------------

cgroup::cgroup(std::string directory)
  : directory_{std::move(directory)},
    entrance_{
      ::open((directory_ + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC)} {}

void cgroup::kill() const {
  write_file(directory_ + "/cgroup.kill", "1");
}

bool cgroup::out_of_memory() const {
  std::istringstream in{text_of_file(directory_ + "/memory.events")};
  std::string name;
  for (uint64_t count = 0; in >> name >> count;)
    if (name == "oom_kill")
      return count > 0;
  return false;
}

bool cgroup::remove() const {
  return ::rmdir(directory_.c_str()) == 0 || errno == ENOENT;
}

// -- where groups are made ----------------------------------------------------

std::string own_cgroup_directory(std::string_view mountinfo,
                                 std::string_view membership) {
  std::istringstream groups{std::string{membership}};
  std::string line, path;
  while (std::getline(groups, line))
    if (line.rfind("0::", 0) == 0)
      path = line.substr(3);
  std::istringstream mounts{std::string{mountinfo}};
  while (!path.empty() && std::getline(mounts, line)) {
    if (line.find(" - cgroup2 ") == std::string::npos)
      continue;
    std::istringstream fields{line};
    std::string skipped, root, point;
    fields >> skipped >> skipped >> skipped >> root >> point;
    if (root != "/" && path.rfind(root, 0) == 0)
      path.erase(0, root.size());
    auto result = unescape(point) + path;
    while (result.size() > 1 && result.back() == '/')
      result.pop_back();
    return result;
  }
  return {};
}

cgroup_home::cgroup_home()
  : directory_{own_cgroup_directory(text_of_file("/proc/self/mountinfo"),
                                    text_of_file("/proc/self/cgroup"))} {}

cgroup_home::cgroup_home(std::string directory)
  : directory_{std::move(directory)} {}

std::unique_ptr<cgroup> cgroup_home::make(const std::string& name,
                                          const process_limits& limits,
                                          std::vector<std::string>& notices) {
  auto settings = settings_of(limits);
  auto refuse = [&](const std::string& why) {
    std::string what = limits.own_cgroup ? " own_cgroup" : "";
    for (auto& x : settings)
      what += std::string{" "} + x.field;
    notices.push_back("limits ignored:" + what + ": " + why);
    return nullptr;
  };
  if (directory_.empty())
    return refuse("there is no cgroup v2 here");
  if (!prepared_)
    prepare();
  auto path =
    directory_ + "/" + prefix + std::to_string(::getpid()) + "-" + name;
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
    return refuse("cannot make " + path + ": " + std::strerror(errno));
  auto result = std::make_unique<cgroup>(path);
  for (auto& x : settings) {
    auto enabled = enable(x.controller);
    auto error = enabled ? write_file(path + "/" + x.file, x.value) : 0;
    if (!enabled || error != 0)
      notices.push_back(std::string{"limit ignored: "} + x.field + ": "
                        + (enabled ? "cannot set " + std::string{x.file} + ": "
                                       + std::strerror(error)
                                   : "the cgroup has no controller '"
                                       + std::string{x.controller} + "'"));
  }
  if (limits.memory_bytes) { // both as far as the kernel has them
    write_file(path + "/memory.swap.max", "0");
    write_file(path + "/memory.oom.group", "1");
  }
  return result;
}

void cgroup_home::prepare() {
  prepared_ = true;
  std::error_code none;
  std::vector<std::string> old;
  for (auto& entry : fs::directory_iterator{directory_, none})
    if (is_left_behind(entry.path().filename()))
      old.push_back(entry.path());
  for (auto& path : old) {
    cgroup group{path};
    group.kill();
    group.remove(); // what is dying is removed by the next program
  }
}

/// Whether the groups below our own have this controller from now on.
bool cgroup_home::enable(const std::string& controller) {
  auto control = directory_ + "/cgroup.subtree_control";
  if (has_word(text_of_file(control), controller))
    return true;
  if (!has_word(text_of_file(directory_ + "/cgroup.controllers"), controller))
    return false;
  auto error = write_file(control, "+" + controller);
  // A group gives controllers to others only when it has no members itself.
  if (error == EBUSY && leave_home())
    error = write_file(control, "+" + controller);
  return error == 0;
}

/// Moves us and our children into a group of their own, unless strangers
/// live here.
bool cgroup_home::leave_home() {
  std::vector<pid_t> members;
  std::istringstream in{text_of_file(directory_ + "/cgroup.procs")};
  for (pid_t pid = 0; in >> pid;)
    members.push_back(pid);
  auto ours = [](pid_t x) {
    return x == ::getpid() || parent_of(x) == ::getpid();
  };
  if (!std::all_of(members.begin(), members.end(), ours))
    return false;
  auto main = directory_ + "/" + prefix + std::to_string(::getpid()) + "-main";
  if (::mkdir(main.c_str(), 0755) != 0 && errno != EEXIST)
    return false;
  for (auto pid : members)
    write_file(main + "/cgroup.procs", std::to_string(pid));
  return true;
}

} // namespace actors
