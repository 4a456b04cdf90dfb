#include <leptond/system/stop_requests.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <poll.h>
#include <pthread.h>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace leptond {

namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

int read_signal(int fd) {
  signalfd_siginfo info{};
  const auto n = ::read(fd, &info, sizeof info);
  return n == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

/// @returns the index of the descriptor that is readable, -1 at the deadline
int wait_readable(int first, int second, const clock::time_point* deadline) {
  std::array<pollfd, 2> both = {{{first, POLLIN, 0}, {second, POLLIN, 0}}};
  while (true) {
    int timeout = -1;
    if (deadline != nullptr) {
      const auto left =
        std::chrono::ceil<milliseconds>(*deadline - clock::now());
      timeout =
        static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
    }
    const auto n = ::poll(both.data(), both.size(), timeout);
    if (n > 0)
      return both[0].revents != 0 ? 0 : 1;
    if (n == 0 && deadline != nullptr && clock::now() >= *deadline)
      return -1;
  }
}

[[noreturn]] void end_now(std::string_view why, int status) {
  static_cast<void>(!::write(STDERR_FILENO, why.data(), why.size()));
  ::_exit(status);
}

} // namespace

stop_requests::stop_requests() {
  sigset_t set;
  sigemptyset(&set);
  for (const auto each : {SIGTERM, SIGINT, SIGHUP})
    sigaddset(&set, each);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  done_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (signals_ < 0 || wake_ < 0 || done_ < 0)
    throw std::system_error(errno, std::generic_category(),
                            "cannot wait for signals");
}

stop_requests::~stop_requests() {
  if (watcher_.joinable()) {
    ::eventfd_write(done_, 1);
    watcher_.join();
  }
  for (const auto fd : {signals_, wake_, done_})
    ::close(fd);
}

int stop_requests::wait() {
  while (true) {
    if (wait_readable(signals_, wake_, nullptr) == 1)
      return 0;
    if (const auto signal = read_signal(signals_))
      return signal;
  }
}

void stop_requests::wake() {
  ::eventfd_write(wake_, 1);
}

void stop_requests::enforce(milliseconds within, int late) {
  if (watcher_.joinable())
    return;
  watcher_ = std::thread([this, deadline = clock::now() + within, late] {
    while (true) {
      const auto ready = wait_readable(signals_, done_, &deadline);
      if (ready == 1)
        return;
      if (ready == -1)
        end_now("leptond: not stopped within node.shutdown_within, ends now\n",
                late);
      if (const auto signal = read_signal(signals_))
        end_now("leptond: asked again, ends at once\n", 128 + signal);
    }
  });
}

} // namespace leptond
