#include <shell/core/errors.hpp>
#include <shell/core/interrupt.hpp>

#include <csignal>
#include <ctime>
#include <unistd.h>

namespace lepton_shell {

namespace {

volatile std::sig_atomic_t pending = 0;

void on_signal(int number) {
  if (pending != 0)
    _exit(128 + number);
  pending = 1;
}

} // namespace

void catch_interrupts() {
  struct sigaction action {};

  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  // no SA_RESTART: a read from the terminal has to return
  sigaction(SIGINT, &action, nullptr);
  // a broken pipe shows as EPIPE of the write
  std::signal(SIGPIPE, SIG_IGN);
}

bool interrupt_pending() noexcept {
  return pending != 0;
}

void clear_interrupt() noexcept {
  pending = 0;
}

void check_interrupt() {
  if (interrupt_pending())
    throw interrupted();
}

void wait_seconds(double seconds) {
  auto whole = static_cast<std::time_t>(seconds);
  timespec rest{
    whole, static_cast<long>((seconds - static_cast<double>(whole)) * 1e9)};
  check_interrupt();
  nanosleep(&rest, nullptr);
  check_interrupt();
}

} // namespace lepton_shell
