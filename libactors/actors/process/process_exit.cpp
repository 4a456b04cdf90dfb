#include <actors/process/process_exit.hpp>

#include <csignal>
#include <cstring>

namespace actors {

namespace {

std::string signal_name(int number) {
  if (auto name = sigabbrev_np(number))
    return "SIG" + std::string{name};
  return "SIG" + std::to_string(number);
}

std::string signal_text(int number) {
  switch (number) {
  case SIGSEGV:
    return "segmentation fault (SIGSEGV)";
  case SIGABRT:
    return "aborted (SIGABRT)";
  case SIGBUS:
    return "bus error (SIGBUS)";
  case SIGFPE:
    return "arithmetic error (SIGFPE)";
  case SIGILL:
    return "illegal instruction (SIGILL)";
  case SIGXCPU:
    return "out of processor time (SIGXCPU)";
  default:
    return "killed by signal " + std::to_string(number) + " ("
           + signal_name(number) + ")";
  }
}

} // namespace

std::string to_string(const process_exit& x) {
  if (x.value < 0)
    return "ended, its status was taken by somebody else";
  if (!x.by_signal)
    return "exited with code " + std::to_string(x.value);
  auto text = signal_text(x.value);
  return x.core_dumped ? text + ", core dumped" : text;
}

} // namespace actors
