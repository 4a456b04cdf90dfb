#include <actors/process/process_limits.hpp>

#include <array>
#include <csignal>

namespace actors {

namespace {

/// Signals that a program is ended by when an allocation has failed. Not
/// SIGKILL: somebody else has sent that.
bool may_be_for_memory(int number) {
  return number == SIGABRT || number == SIGSEGV || number == SIGBUS
         || number == SIGTRAP;
}

} // namespace

std::string in_bytes(uint64_t x) {
  static constexpr std::array units{"bytes", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  while (x >= 1024 && x % 1024 == 0 && unit + 1 < units.size()) {
    x /= 1024;
    ++unit;
  }
  return std::to_string(x) + " " + units.at(unit);
}

std::string limit_reached(const process_exit& how,
                          const process_limits& limits,
                          const process_usage& used) {
  if (how.clean() || how.value < 0)
    return {};
  if (used.out_of_memory)
    return limits.memory_bytes
             ? "out of memory, limit " + in_bytes(*limits.memory_bytes)
             : "out of memory";
  if (!how.by_signal || used.killed_by_us)
    return {};
  auto spent = limits.cpu_seconds
               && used.cpu_seconds >= static_cast<double>(*limits.cpu_seconds);
  if (limits.cpu_seconds
      && (how.value == SIGXCPU || (how.value == SIGKILL && spent)))
    return "processor-time limit of " + std::to_string(*limits.cpu_seconds)
           + " s";
  auto memory = limits.data_bytes ? limits.data_bytes : limits.address_bytes;
  if (memory && may_be_for_memory(how.value))
    return "memory limit " + in_bytes(*memory);
  return {};
}

} // namespace actors
