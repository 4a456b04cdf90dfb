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

/// What a program did to get it; nothing for those that somebody sends.
std::string meaning(int number) {
  switch (number) {
  case SIGSEGV:
    return ", segmentation fault";
  case SIGABRT:
    return ", aborted";
  case SIGBUS:
    return ", bus error";
  case SIGFPE:
    return ", arithmetic error";
  case SIGILL:
    return ", illegal instruction";
  case SIGXCPU:
    return ", out of processor time";
  default:
    return {};
  }
}

} // namespace

std::string to_string(const process_exit& x) {
  if (x.value < 0)
    return "ended, its status was taken by somebody else";
  auto text = x.by_signal ? "killed by signal " + std::to_string(x.value) + " ("
                              + signal_name(x.value) + meaning(x.value) + ")"
                          : "exited with code " + std::to_string(x.value);
  if (x.core_dumped)
    text += ", core dumped";
  return x.limit.empty() ? text : text + "; " + x.limit;
}

} // namespace actors
