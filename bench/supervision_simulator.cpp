/// Plays histories of supervision trees in virtual time, as the test does, but
/// as many as one likes: `bench_supervision_simulator [COUNT [FIRST_SEED]]`.
/// Exit 1 and the story of the seed if a rule is broken.

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tests/actors/supervision/simulator.hpp"

int main(int argc, char** argv) {
  uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
  uint64_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  auto begin = std::chrono::steady_clock::now();
  uint64_t steps = 0;
  for (auto seed = first; seed < first + count; ++seed) {
    supervision_tests::simulator x{seed};
    if (count == 1)
      x.keep_story();
    try {
      x.run();
    } catch (const std::logic_error& e) {
      std::printf("seed %llu: %s\n%sreplay: bench_supervision_simulator 1 "
                  "%llu\n",
                  static_cast<unsigned long long>(seed), e.what(),
                  x.story().c_str(), static_cast<unsigned long long>(seed));
      return 1;
    }
    steps += x.steps();
  }
  auto s =
    std::chrono::duration<double>(std::chrono::steady_clock::now() - begin);
  std::printf("{\"bench\": \"supervision\", \"figure\": \"simulator\", "
              "\"unit\": \"histories/s\", \"value\": %.0f, \"reference\": "
              "null, \"reference_value\": null, \"ratio\": null, \"goal\": "
              "\">= 1667\", \"met\": %s}\n",
              static_cast<double>(count) / s.count(),
              static_cast<double>(count) / s.count() >= 1667 ? "true"
                                                             : "false");
  std::fprintf(stderr, "%llu starts and stops\n",
               static_cast<unsigned long long>(steps));
  return 0;
}
