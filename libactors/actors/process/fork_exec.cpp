#include <actors/process/fork_exec.hpp>
#include <actors/process/guardian.hpp>
#include <actors/process/pidfd.hpp>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace actors {

namespace {

/// What a child was doing when it failed.
enum class step : int { descriptors, directory, limits, cgroup, program };

/// What the child writes to the error descriptor.
struct exec_error {
  step at;
  int error;
};

/// All that the child needs, made before the fork: after it, in a copy of a
/// program with many threads, even malloc is forbidden.
struct plan {
  const char* program;
  std::vector<char*> argv;
  std::vector<char*> envp;
  const char* directory;                        // null: stay
  std::vector<std::pair<int, int>> descriptors; // target, source (moved up)
  int first_free;                               // beyond every target
  int output;
  int error;
  pid_t parent;
  fork_options how;
  const process_limits* limits;
};

// -- in the child: async-signal-safe calls only -------------------------------

[[noreturn]] void give_up(const plan& p, step at) {
  exec_error e{at, errno};
  [[maybe_unused]] auto n = ::write(p.error, &e, sizeof(e));
  ::_exit(127);
}

void reset_signals() {
  struct sigaction by_default = {};
  by_default.sa_handler = SIG_DFL;
  for (int i = 1; i < NSIG; ++i)
    ::sigaction(i, &by_default, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool set_descriptors(plan& p) {
  // First out of the way of the targets, then nothing survives exec, then the
  // targets do, as dup2 clears the flag.
  auto up = [&p](int& fd) {
    fd = ::fcntl(fd, F_DUPFD_CLOEXEC, p.first_free);
    return fd >= 0;
  };
  for (auto& entry : p.descriptors)
    if (!up(entry.second))
      return false;
  auto null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0 || !up(null) || !up(p.output))
    return false;
  auto error = p.error;
  if (!up(error))
    return false;
  p.error = error;
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
    return false;
  for (auto [target, source] : p.descriptors)
    if (::dup2(source, target) < 0)
      return false;
  return ::dup2(null, 0) >= 0 && ::dup2(p.output, 1) >= 0
         && ::dup2(p.output, 2) >= 0;
}

/// @param spare how much later the kernel stops asking and forces
bool set_limit(__rlimit_resource_t what,
               const std::optional<uint64_t>& most,
               uint64_t spare = 0) {
  if (!most)
    return true;
  rlimit now{};
  if (::getrlimit(what, &now) != 0)
    return false;
  // Who is not root cannot raise what was lowered for us.
  rlimit value{std::min<rlim_t>(*most, now.rlim_max),
               std::min<rlim_t>(*most + spare, now.rlim_max)};
  return ::setrlimit(what, &value) == 0;
}

bool set_limits(const process_limits& x) {
  return set_limit(RLIMIT_DATA, x.data_bytes)
         && set_limit(RLIMIT_AS, x.address_bytes)
         && set_limit(RLIMIT_CPU, x.cpu_seconds, 1)
         && set_limit(RLIMIT_CORE, x.core_bytes)
         && set_limit(RLIMIT_NOFILE, x.open_files)
         && (!x.nice || ::setpriority(PRIO_PROCESS, 0, *x.nice) == 0);
}

/// Not being let in is told, and no reason to give up.
void enter_cgroup(const plan& p) {
  if (p.how.cgroup < 0 || ::write(p.how.cgroup, "0", 1) == 1)
    return;
  exec_error e{step::cgroup, errno};
  [[maybe_unused]] auto n = ::write(p.error, &e, sizeof(e));
}

[[noreturn]] void run_child(plan& p) {
  if (!p.how.outlives_us) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != p.parent) // it died before the line above
      ::_exit(127);
  }
  ::setpgid(0, 0);
  if (p.how.guardian >= 0)
    guardian::announce(p.how.guardian, ::getpid());
  enter_cgroup(p);
  if (!set_descriptors(p))
    give_up(p, step::descriptors);
  if (p.directory && ::chdir(p.directory) != 0)
    give_up(p, step::directory);
  if (!set_limits(*p.limits))
    give_up(p, step::limits);
  reset_signals();
  ::execve(p.program, p.argv.data(), p.envp.data());
  give_up(p, step::program);
}

// -- in the parent ------------------------------------------------------------

/// The program to execute, or nothing when PATH does not have it. Without a
/// slash execve would look in the working directory, which is no surprise
/// anybody wants.
std::optional<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos)
    return name;
  auto path = ::getenv("PATH");
  std::string rest = path ? path : "/usr/bin:/bin";
  while (!name.empty() && !rest.empty()) {
    auto colon = std::min(rest.find(':'), rest.size());
    auto candidate = rest.substr(0, colon) + "/" + name;
    if (colon > 0 && ::access(candidate.c_str(), X_OK) == 0)
      return candidate;
    rest.erase(0, colon + 1);
  }
  return std::nullopt;
}

std::vector<std::string> merge_environment(std::vector<std::string> result,
                                           const process_spec& spec) {
  for (auto& [name, value] : spec.environment) {
    auto entry = name + "=" + value;
    auto i = std::find_if(result.begin(), result.end(), [&](auto& x) {
      return x.compare(0, name.size() + 1, entry, 0, name.size() + 1) == 0;
    });
    if (i != result.end())
      *i = entry;
    else
      result.push_back(entry);
  }
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& xs) {
  std::vector<char*> result;
  for (auto& x : xs)
    result.push_back(x.data());
  result.push_back(nullptr);
  return result;
}

spawn_failure make_failure(const process_spec& spec, step at, int error) {
  auto name = "'" + spec.executable + "'";
  std::string text;
  switch (at) {
  case step::descriptors:
    text = "cannot set up " + name;
    break;
  case step::directory:
    text = "cannot run " + name + " in directory '" + spec.directory + "'";
    break;
  case step::limits:
    text = "cannot set the limits of " + name;
    break;
  case step::cgroup:
    text = "limits ignored: cannot enter the cgroup of " + name;
    break;
  case step::program:
    text = "cannot run " + name;
    break;
  }
  char buffer[128];
  return {error, text + ": " + ::strerror_r(error, buffer, sizeof(buffer))};
}

bool open_pipe(unique_fd& reader, unique_fd& writer) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0)
    return false;
  reader.reset(fds[0]);
  writer.reset(fds[1]);
  return ::fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0;
}

/// Forks and takes a pidfd. Until we reap the child its pid is its own.
bool fork_into(plan& p, forked_process& result) {
  result.pid = ::_Fork();
  if (result.pid == 0)
    run_child(p);
  if (result.pid < 0)
    return false;
  result.pidfd.reset(::pidfd_open(result.pid, 0)); // close-on-exec by nature
  if (result.pidfd)
    return true;
  auto error = errno;
  ::kill(result.pid, SIGKILL);
  ::waitpid(result.pid, nullptr, 0);
  errno = error;
  return false;
}

} // namespace

bool fork_exec(process_spec& spec,
               const std::vector<std::string>& environment,
               const fork_options& how,
               forked_process& result,
               spawn_failure& failure) {
  auto program = find_program(spec.executable);
  if (!program) {
    failure = make_failure(spec, step::program, ENOENT);
    return false;
  }
  if (spec.argv.empty())
    spec.argv.push_back(spec.executable);
  auto env = merge_environment(environment, spec);
  unique_fd output, error;
  if (!open_pipe(result.output, output) || !open_pipe(result.error, error)) {
    failure = make_failure(spec, step::descriptors, errno);
    return false;
  }
  auto directory = spec.directory.empty() ? nullptr : spec.directory.c_str();
  plan p{program->c_str(),
         pointers(spec.argv),
         pointers(env),
         directory,
         {},
         3,
         output.get(),
         error.get(),
         ::getpid(),
         how,
         &spec.limits};
  for (auto& [target, source] : spec.descriptors) {
    assert(target > STDERR_FILENO);
    p.descriptors.emplace_back(target, source.get());
    p.first_free = std::max(p.first_free, target + 1);
  }
  if (!fork_into(p, result)) {
    failure = make_failure(spec, step::program, errno);
    return false;
  }
  spec.descriptors.clear();
  return true;
}

exec_state read_exec_error(const process_spec& spec,
                           int fd,
                           spawn_failure& failure,
                           std::string& notice) {
  for (;;) {
    exec_error e{};
    auto n = ::read(fd, &e, sizeof(e));
    if (n < 0)
      return exec_state::pending;
    if (n == 0)
      return exec_state::running;
    auto what = make_failure(spec, e.at, e.error);
    if (e.at == step::cgroup) {
      notice = std::move(what.text);
      continue;
    }
    failure = std::move(what);
    return exec_state::failed;
  }
}

} // namespace actors
