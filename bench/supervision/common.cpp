#include "common.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

namespace bench {

amounts quick_amounts() {
  amounts n;
  n.messages = 20'000;
  n.latencies = 2'000;
  n.crashes = 100;
  n.serial = 500;
  n.burst = 500;
  n.rounds_1k = 2;
  n.rounds_10k = 1;
  n.children = 5'000;
  n.processes = 20;
  return n;
}

double quantile(samples x, double q) {
  if (x.empty())
    return 0;
  std::sort(x.begin(), x.end());
  return x[static_cast<size_t>(q * static_cast<double>(x.size() - 1))];
}

double ns_since(clock_type::time_point t) {
  return std::chrono::duration<double, std::nano>(clock_type::now() - t)
    .count();
}

void print(const std::string& figure, const char* side, double value) {
  std::printf("%s %s %.6g\n", figure.c_str(), side, value);
  std::fflush(stdout);
}

void print_latency(const std::string& figure,
                   const char* side,
                   const samples& ns) {
  print(figure, side, quantile(ns, 0.5) / 1e3);
  print(figure + "_p99", side, quantile(ns, 0.99) / 1e3);
}

caf::behavior
victim(caf::event_based_actor* self, const caf::actor& tester, int64_t index) {
  if (tester)
    self->send(tester, up_a::value, index, caf::actor{self});
  return {
    [](int64_t x) { return x; },
    [](boom_a) { throw std::runtime_error{"boom"}; },
  };
}

double resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  double total = 0;
  double resident = 0;
  in >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

} // namespace bench
