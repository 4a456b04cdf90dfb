/// Plays histories of supervision trees in virtual time, as the test does, but
/// as many as one likes:
///   bench_supervision_simulator [COUNT [FIRST_SEED]]
///   bench_supervision_simulator --fresh [COUNT]   seeds from the clock
///   bench_supervision_simulator --seed N          one, with its story
/// Exit 1 and the story of the seed if a rule is broken.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/actors/supervision/simulator.hpp"

namespace {

uint64_t number(int argc, char** argv, int place, uint64_t otherwise) {
  return argc > place ? std::strtoull(argv[place], nullptr, 10) : otherwise;
}

uint64_t from_the_clock() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(
    std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

} // namespace

int main(int argc, char** argv) {
  auto mode = std::string{argc > 1 ? argv[1] : ""};
  auto count = number(argc, argv, 1, 100'000);
  auto first = number(argc, argv, 2, 1);
  if (mode == "--seed") {
    first = number(argc, argv, 2, 1);
    count = 1;
  } else if (mode == "--fresh") {
    count = number(argc, argv, 2, 100'000);
    first = from_the_clock();
    std::fprintf(stderr, "first seed %llu\n",
                 static_cast<unsigned long long>(first));
  }
  auto begin = std::chrono::steady_clock::now();
  uint64_t steps = 0;
  for (auto seed = first; seed < first + count; ++seed) {
    supervision_tests::simulator x{seed};
    if (mode == "--seed")
      x.keep_story();
    try {
      x.run();
    } catch (const std::logic_error& e) {
      std::printf("seed %llu: %s\n%sreplay: bench_supervision_simulator "
                  "--seed %llu\n",
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
