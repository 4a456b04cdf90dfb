#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <tests/lepton/shell/terminal.hpp>
#include <unistd.h>

namespace lepton_test {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts)
    all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Between fork and exec: only what is safe with other threads around.
[[noreturn]] void become(const std::vector<char*>& argv,
                         const std::vector<char*>& environment) {
  std::signal(SIGPIPE, SIG_DFL);
  execve(argv[0], argv.data(), environment.data());
  _exit(127);
}

void drop(int& fd) {
  if (fd >= 0)
    close(fd);
  fd = -1;
}

void drain(int& fd, std::string& into) {
  char block[4096];
  auto n = read(fd, block, sizeof(block));
  if (n > 0)
    into.append(block, static_cast<size_t>(n));
  else if (n == 0 || errno != EINTR)
    drop(fd);
}

} // namespace

program_result run_program_with(const std::vector<std::string>& argv,
                                const std::string& input,
                                const std::vector<std::string>& environment,
                                long close_out_after) {
  int in[2];
  int out[2];
  int err[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0
      || pipe2(err, O_CLOEXEC) != 0)
    return {};
  auto args = pointers(argv);
  auto env = pointers(environment);
  auto pid = fork();
  if (pid == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    become(args, env);
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  if (write(in[1], input.data(), input.size()) < 0)
    input.size(); // it did not want any
  close(in[1]);
  program_result result;
  while (out[0] >= 0 || err[0] >= 0) {
    pollfd fds[2]{{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
    poll(fds, 2, -1);
    if (fds[0].revents != 0)
      drain(out[0], result.out);
    if (fds[1].revents != 0)
      drain(err[0], result.err);
    if (close_out_after >= 0
        && result.out.size() >= static_cast<size_t>(close_out_after))
      drop(out[0]);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  result.code = code_of(status);
  return result;
}

terminal::terminal(const std::vector<std::string>& argv,
                   const std::vector<std::string>& environment) {
  auto args = pointers(argv);
  auto env = pointers(environment);
  winsize size{24, 80, 0, 0};
  pid_ = forkpty(&fd_, nullptr, nullptr, &size);
  if (pid_ == 0)
    become(args, env);
}

terminal::~terminal() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(fd_);
}

void terminal::type(const std::string& keys) {
  if (write(fd_, keys.data(), keys.size()) < 0)
    seen_ += "(gone)";
}

bool terminal::read_some() {
  pollfd entry{fd_, POLLIN, 0};
  if (poll(&entry, 1, 10000) <= 0)
    return false;
  char block[4096];
  auto n = read(fd_, block, sizeof(block));
  if (n <= 0)
    return false;
  seen_.append(block, static_cast<size_t>(n));
  return true;
}

bool terminal::expect(const std::string& text) {
  while (true) {
    auto found = seen_.find(text, at_);
    if (found != std::string::npos) {
      at_ = found + text.size();
      return true;
    }
    if (!read_some())
      return false;
  }
}

int terminal::wait() {
  while (read_some()) {
    // until the other side hangs up
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return code_of(status);
}

} // namespace lepton_test
