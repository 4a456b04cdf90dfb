#include <shell/core/errors.hpp>
#include <shell/core/interrupt.hpp>

#include <csignal>
#include <ctime>
#include <unistd.h>

namespace lepton_shell {

namespace {

volatile std::sig_atomic_t pending = 0;

/// Sends SIGALRM again and again from a SIGINT on: one that comes just before
/// a read would else be seen only after the next key.
timer_t nudges{};
bool can_nudge = false;

void nudge(long every_ms) {
  timespec interval{0, every_ms * 1'000'000};
  itimerspec when{interval, interval};
  if (can_nudge)
    timer_settime(nudges, 0, &when, nullptr); // safe in a signal handler
}

void on_signal(int number) {
  if (pending != 0)
    _exit(128 + number);
  pending = 1;
  nudge(20);
}

void on_nudge(int) {
  // its only use is that a read returns
}

} // namespace

void catch_interrupts() {
  struct sigaction action {};

  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  // no SA_RESTART: a read from the terminal has to return
  sigaction(SIGINT, &action, nullptr);
  action.sa_handler = on_nudge;
  sigaction(SIGALRM, &action, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGALRM;
  can_nudge = timer_create(CLOCK_MONOTONIC, &event, &nudges) == 0;
  // a broken pipe shows as EPIPE of the write
  std::signal(SIGPIPE, SIG_IGN);
}

bool interrupt_pending() noexcept {
  return pending != 0;
}

void clear_interrupt() noexcept {
  if (pending != 0)
    nudge(0);
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
