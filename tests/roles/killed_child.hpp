#pragma once

#include <array>
#include <csignal>
#include <functional>
#include <random>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace roles_test {

/// Forks a process that runs `work(descriptor)`, reads the lines it writes to
/// the descriptor and kills it with SIGKILL when it has written `lines` of
/// them and worked for `delay_us` more.
/// @returns all it wrote, whole lines only.
inline std::string run_and_kill(const std::function<void(int)>& work,
                                size_t lines,
                                unsigned delay_us) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0)
    return {};
  auto child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    try {
      work(ends[1]);
    } catch (...) {
      ::_exit(3);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> buffer{};
  size_t seen = 0;
  auto drain = [&] {
    auto n = ::read(ends[0], buffer.data(), buffer.size());
    for (ssize_t i = 0; i < n; ++i)
      seen += buffer[static_cast<size_t>(i)] == '\n';
    if (n > 0)
      text.append(buffer.data(), static_cast<size_t>(n));
    return n > 0;
  };
  while (seen < lines && drain()) {
  }
  ::usleep(delay_us); // where in its work the child is hit
  ::kill(child, SIGKILL);
  while (drain()) {
  }
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return text.substr(0, text.rfind('\n') + 1);
}

/// For the child: one acknowledgement, in one write.
inline void acknowledge(int fd, std::string line) {
  line += '\n';
  if (::write(fd, line.data(), line.size()) < 0)
    ::_exit(4);
}

} // namespace roles_test
