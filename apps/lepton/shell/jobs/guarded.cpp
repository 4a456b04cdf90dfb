#include <shell/core/errors.hpp>
#include <shell/jobs/guarded.hpp>

#include <cerrno>
#include <cstring>
#include <exception>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lepton_shell {

namespace {

void limit(int what, rlim_t value) {
  rlimit bound{value, value};
  setrlimit(what, &bound);
}

bool write_all(int fd, const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    auto n = ::write(fd, text.data() + at, text.size() - at);
    if (n < 0 && errno != EINTR)
      return false;
    at += n > 0 ? static_cast<size_t>(n) : 0;
  }
  return true;
}

/// What the child does: '+' and the result, or '-' and what is wrong.
[[noreturn]] void work(int fd, const std::function<std::string()>& f) {
  limit(RLIMIT_CPU, 60);
  limit(RLIMIT_CORE, 0);
#ifndef __SANITIZE_ADDRESS__ // which reserves terabytes
  limit(RLIMIT_AS, rlim_t{8} << 30);
#endif
  std::string answer;
  try {
    answer = "+" + f();
  } catch (const std::exception& e) {
    answer = std::string{"-"} + e.what();
  }
  _exit(write_all(fd, answer) ? 0 : 1);
}

std::string read_all(int fd) {
  std::string text;
  char part[1 << 16];
  while (true) {
    auto n = ::read(fd, part, sizeof(part));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return text;
    text.append(part, static_cast<size_t>(n));
  }
}

} // namespace

std::string guarded(const std::string& path,
                    const std::function<std::string()>& f) {
  int ends[2] = {-1, -1};
  if (pipe(ends) != 0)
    throw refusal(path + ": no pipe: " + std::strerror(errno));
  auto child = fork();
  if (child == 0) {
    close(ends[0]);
    work(ends[1], f);
  }
  close(ends[1]);
  auto answer = child > 0 ? read_all(ends[0]) : std::string{};
  close(ends[0]);
  if (child < 0)
    throw refusal(path + ": no process to read it: " + std::strerror(errno));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || answer.empty())
    throw refusal(path + ": the file is damaged: reading it ended with signal "
                  + std::to_string(WTERMSIG(status)));
  if (answer[0] == '-')
    throw refusal(answer.substr(1));
  return answer.substr(1);
}

} // namespace lepton_shell
